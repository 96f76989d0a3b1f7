import subprocess
from pathlib import Path

import pytest

from plumbline.updating.formatting import Formatter
from plumbline.updating.git import Entry, Repository
from plumbline.updating.lost_changes import LostChanges, find_lost_changes
from plumbline.updating.merging import Merger
from plumbline.updating.planning import find_renames, name_moved_files

LINES = "".join(f"line {number}\n" for number in range(20))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    folder = tmp_path / "a service"
    folder.mkdir()
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    return Repository(folder)


def store(repository: Repository, files: dict[str, str]) -> dict[str, Entry]:
    """Store files in a repository; return their entries."""
    repository.store(text.encode() for text in files.values())
    return {path: Entry("100644", repository.id_of(text.encode())) for path, text in files.items()}


def compare(
    repository: Repository,
    *,
    rendered: dict[str, str],
    renewed: dict[str, str],
    before: dict[str, str],
    after: dict[str, str] | None = None,
) -> LostChanges:
    """Merge, and return the changes that are lost in the result, or in the files given as it."""
    base, ours, theirs = (store(repository, files) for files in (rendered, before, renewed))
    merge = Merger(
        repository=repository,
        base=base,
        ours=ours,
        theirs=theirs,
        is_written_once=lambda _: False,
        moved={"moved": "new/moved"},
        formatter=Formatter(repository.folder),
    ).merge()
    trees = (repository.store_tree(files) for files in (base, ours))
    name_moved_files(merge, find_renames(repository, *trees))
    outcome = merge.files if after is None else store(repository, after)
    return find_lost_changes(repository, merge, base=base, ours=ours, outcome=outcome)


def test_a_removed_file_is_named_if_it_was_edited(repository: Repository) -> None:
    lost = compare(
        repository,
        rendered={"same": "1\n", "ä edited": "1\n", "stays": "1\n"},
        renewed={"stays": "1\n"},
        before={"same": "1\n", "ä edited": "1\n2\n", "stays": "1\n"},
    )
    assert lost == LostChanges(removed=["ä edited"])


def test_an_edit_of_a_file_that_the_template_has_moved_is_not_lost(repository: Repository) -> None:
    lost = compare(
        repository,
        rendered={"moved": LINES},
        renewed={"new/moved": f"more\n{LINES}"},
        before={"moved": f"{LINES}mine\n"},
    )
    assert lost == LostChanges()


def test_lines_of_the_user_that_are_gone_are_named(repository: Repository) -> None:
    lost = compare(
        repository,
        rendered={"file": "a\nb\n", "other": "a\n", "moved": LINES},
        renewed={"file": "a\nB\n", "other": "A\n", "new/moved": LINES},
        before={"file": "a\nmine\nmine\nb\n", "other": "mine\na\n", "moved": f"{LINES}mine\n"},
        after={"file": "a\nmine\nB\n", "other": "mine\nA\n", "new/moved": LINES},
    )
    assert lost.vanished == {"file": ["mine"], "moved": ["mine"]}


def test_changes_to_files_that_the_user_deleted_or_moved_are_named(repository: Repository) -> None:
    lost = compare(
        repository,
        rendered={"deleted": "1\n", "old/place": LINES, "unchanged": "1\n"},
        renewed={"deleted": "2\n", "old/place": f"{LINES}more\n", "unchanged": "1\n"},
        before={"new/place": f"{LINES}mine\n"},
    )
    missed = {item.path: item for item in lost.not_arrived}
    assert {path: item.reason for path, item in missed.items()} == {
        "deleted": "you have deleted it",
        "old/place": "you have moved it to `new/place`",
    }
    assert repository.content(str(missed["deleted"].old)) == b"1\n"
    assert repository.content(missed["deleted"].new) == b"2\n"
