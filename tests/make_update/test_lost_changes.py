import shutil
import subprocess
from pathlib import Path

import pytest

from devtools.updating.git import Repository
from devtools.updating.lost_changes import Comparison

LINES = "".join(f"line {number}\n" for number in range(20))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    folder = tmp_path / "a service"
    folder.mkdir()
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    return Repository(folder)


def store(repository: Repository, files: dict[str, str]) -> str:
    """Keep files in a repository; return the id of their tree."""
    folder = repository.folder.parent / "files"
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    tree = repository.store(folder)
    shutil.rmtree(folder)
    return tree


def compare(
    repository: Repository,
    *,
    rendered: dict[str, str],
    renewed: dict[str, str],
    before: dict[str, str],
    after: dict[str, str],
) -> Comparison:
    return Comparison(
        repository=repository,
        rendered=store(repository, rendered),
        renewed=store(repository, renewed),
        before=store(repository, before),
        after=store(repository, after),
    )


def test_a_removed_file_is_named_if_it_was_edited(repository: Repository) -> None:
    compared = compare(
        repository,
        rendered={"same": "1\n", "ä edited": "1\n", "stays": "1\n"},
        renewed={"stays": "1\n"},
        before={"same": "1\n", "ä edited": "1\n2\n", "stays": "1\n"},
        after={"stays": "1\n"},
    )
    assert compared.removed_edits == ["ä edited"]
    assert compared.vanished_lines == {}
    assert compared.not_arrived == []


def test_lines_of_the_user_that_are_gone_are_named(repository: Repository) -> None:
    compared = compare(
        repository,
        rendered={"file": "a\nb\n", "other": "a\n"},
        renewed={"file": "a\nB\n", "other": "A\n"},
        before={"file": "a\nmine\nmine\nb\n", "other": "mine\na\n"},
        after={"file": "a\nmine\nB\n", "other": "mine\nA\n"},
    )
    assert compared.vanished_lines == {"file": ["mine"]}


def test_changes_to_files_that_the_user_deleted_or_moved_are_named(repository: Repository) -> None:
    compared = compare(
        repository,
        rendered={"deleted": "1\n", "old/place": LINES, "unchanged": "1\n"},
        renewed={"deleted": "2\n", "old/place": f"{LINES}more\n", "unchanged": "1\n"},
        before={"new/place": f"{LINES}mine\n"},
        after={"new/place": f"{LINES}mine\n"},
    )
    missed = {item.path: item for item in compared.not_arrived}
    assert missed.keys() == {"deleted", "old/place"}
    assert missed["deleted"].moved_to is None
    assert missed["old/place"].moved_to == "new/place"
    assert repository.content(str(missed["deleted"].old)) == b"1\n"
    assert repository.content(missed["deleted"].new) == b"2\n"
