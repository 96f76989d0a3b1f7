"""Changes of answers, toggles beside own files, kept migrations, and answers edited by hand."""

import json
import re
from collections.abc import Callable, Mapping
from unittest.mock import Mock

import pytest

from plumbline.errors import PlumblineError, Unfinished
from plumbline.updating import planning, rendering, switching
from plumbline.updating.switching import Data, change_answers, switch_off, switch_on
from tests.faults.conftest import Small, stopped_by
from tests.faults.small_template import MIGRATION

LEFTOVERS: Mapping[str, object] = {
    "labels": ["search"],
    "tables": ["s1s"],
    "settings": [],
    "needed_by": [],
    "depended_on_by": [],
    "database": {"name": "app", "rows": {"s1s": 2}, "waiting": {}},
}


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Replaces the service's own `devtools.data`; the list of its calls."""
    calls: list[tuple[str, ...]] = []

    def run(_: object, *arguments: str, is_shown: bool) -> str:
        del is_shown
        calls.append(arguments)
        return json.dumps(LEFTOVERS)

    monkeypatch.setattr(switching._ServiceData, "_run", run)
    return calls


def test_an_answer_changes_the_files_that_depend_on_it(service: Small) -> None:
    service.write("README.md", service.read("README.md") + "\nMine.\n")
    service.commit()
    change_answers(service.updater(), ["name=It's = mine"])
    assert service.read("README.md") == "# It's = mine\n\nText.\n\nMore.\n\nMine.\n"
    assert service.version == "1.0"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("size=3", "There is no answer size. There are: name, search."),
        ("name", "NAME=VALUE"),
        ("search=true", "make switch on=search"),
        ("_commit=2.0", "There is no answer _commit"),
    ],
)
def test_an_answer_that_cannot_change_is_refused(service: Small, answer: str, reason: str) -> None:
    before = service.state()
    with pytest.raises(PlumblineError, match=reason):
        change_answers(service.updater(), [answer])
    assert service.state() == before


def test_the_same_answer_changes_nothing(
    service: Small, capsys: pytest.CaptureFixture[str]
) -> None:
    change_answers(service.updater(), ["name=service"])
    assert "Nothing to update" in capsys.readouterr().out
    assert service.git("tag", "--list", "before-*") == ""


def test_own_files_in_the_folder_of_a_toggle_stay_when_it_is_switched_on_and_off(
    service: Small, data: list[tuple[str, ...]]
) -> None:
    service.write("app/integrations/search/module.py", "mine = 1\n")
    service.write("app/integrations/search/own.py", "mine = 1\n")
    service.commit()
    with stopped_by("app/integrations/search/module.py"):
        switch_on(service.updater(), "search")
    service.finish()
    assert service.read("app/integrations/search/module.py") == "mine = 1\n"
    assert service.read("app/integrations/search/module.py.from-template") == "module = 1\n"
    service.commit()
    try:
        switch_off(service.updater(), "search", data=Data.KEEP)
    except Unfinished:
        service.finish()
    assert service.read("app/integrations/search/own.py") == "mine = 1\n"
    assert data


def test_an_own_folder_with_the_name_of_a_toggle_is_not_removed(service: Small) -> None:
    service.write("app/integrations/search/module.py", "mine = 1\n")
    service.commit()
    service.update()
    assert service.read("app/integrations/search/module.py") == "mine = 1\n"


@pytest.fixture
def kept(make: Callable[..., Small], data: list[tuple[str, ...]]) -> Small:
    """A service whose module is off, with its migrations kept."""
    service = make(search=True)
    switch_off(service.updater(), "search", data=Data.KEEP)
    assert data
    service.commit()
    return service


@pytest.mark.parametrize("label", ["search/s1", "queue/q1"], ids=["its own", "what it needs"])
def test_kept_migrations_follow_the_template_and_are_used_again(kept: Small, label: str) -> None:
    path = f"migrations/versions/{label}.py"
    assert not (kept.folder / "app/integrations/search").exists()
    kept.update()
    assert kept.read(path).startswith("# Again.\n")
    kept.commit()
    switch_on(kept.updater(), "search")
    assert kept.git("diff", "--cached", "--name-only", "--", path) == ""
    assert kept.read("app/integrations/search/module.py") == "module = 1\n"


def test_an_edit_of_a_kept_migration_stays(kept: Small) -> None:
    path = "migrations/versions/search/s1.py"
    kept.write(path, kept.read(path) + "# Mine.\n")
    kept.commit()
    kept.update()
    assert kept.read(path).startswith("# Again.\n")
    assert kept.read(path).endswith("# Mine.\n")
    kept.commit()
    switch_on(kept.updater(), "search")
    assert kept.read(path).endswith("# Mine.\n")


def test_dropped_migrations_are_retired_and_come_back(
    make: Callable[..., Small], data: list[tuple[str, ...]]
) -> None:
    service = make(search=True)
    switch_off(service.updater(), "search", data=Data.DROP)
    assert [call[0] for call in data] == ["leftovers", "export"]
    service.commit()
    retired = "migrations/retired/search/s1.py"
    assert (service.folder / retired).exists()
    assert not (service.folder / "migrations/versions/search").exists()
    service.update()
    assert service.read(retired).startswith("# Again.\n")
    service.commit()
    switch_on(service.updater(), "search")
    assert not (service.folder / retired).exists()
    assert service.read("migrations/versions/search/s1.py").startswith("# Again.\n")


def test_kept_tables_are_dropped_later(kept: Small) -> None:
    switch_off(kept.updater(), "search", data=Data.DROP)
    assert (kept.folder / "migrations/retired/search/s1.py").exists()
    assert not (kept.folder / "migrations/versions/search").exists()


def test_nothing_is_switched_off_without_a_choice_for_its_data(
    make: Callable[..., Small], data: list[tuple[str, ...]]
) -> None:
    service = make(search=True)
    before = service.state()
    with pytest.raises(PlumblineError, match="make switch off=search data=keep"):
        switch_off(service.updater(), "search", data=None)
    assert service.state() == before
    assert len(data) == 1


@pytest.mark.parametrize(
    ("found", "data_choice"),
    [({"needed_by": ["x.py uses it."]}, Data.KEEP), ({"depended_on_by": ["x.py"]}, Data.DROP)],
)
def test_nothing_is_switched_off_that_is_needed(
    make: Callable[..., Small],
    data: list[tuple[str, ...]],
    monkeypatch: pytest.MonkeyPatch,
    found: dict[str, object],
    data_choice: Data,
) -> None:
    service = make(search=True)
    before = service.state()
    monkeypatch.setitem(globals(), "LEFTOVERS", {**LEFTOVERS, **found})
    with pytest.raises(PlumblineError, match=r"Fix this first:\n  x\.py"):
        switch_off(service.updater(), "search", data=data_choice)
    assert service.state() == before
    assert [call[0] for call in data] == ["leftovers"]


@pytest.mark.parametrize("edited", [False, True])
def test_an_answer_edited_by_hand_is_found(service: Small, *, edited: bool) -> None:
    if edited:  # In the very file that depends on it.
        service.write("README.md", service.read("README.md") + "\nMine.\n\nservice\n")
        service.write("app/modules.py", "# Mine.\n" + service.read("app/modules.py"))
        service.commit()
    answers = service.read(".copier-answers.yml")
    service.write(".copier-answers.yml", answers.replace("name: service", "name: other"))
    service.commit()
    with pytest.raises(PlumblineError, match=r"`name: other` .*\n?.*`make answer name=…`"):
        service.update()


def test_a_toggle_edited_by_hand_is_found(service: Small) -> None:
    answers = service.read(".copier-answers.yml")
    service.write(".copier-answers.yml", answers.replace("search: false", "search: true"))
    service.commit()
    with pytest.raises(PlumblineError, match="make switch on=search"):
        service.update()


def test_an_answer_that_was_applied_by_hand_is_no_matter(service: Small) -> None:
    answers = service.read(".copier-answers.yml")
    service.write(".copier-answers.yml", answers.replace("name: service", "name: other"))
    service.write("README.md", service.read("README.md").replace("# service", "# other"))
    service.commit()
    service.update()
    assert service.version == "2.0"


def test_an_own_module_at_the_paths_of_a_toggle_survives_both_switches(
    service: Small, data: list[tuple[str, ...]]
) -> None:
    path = "app/integrations/search/module.py"
    service.write(path, "mine = 1\n")
    service.commit()
    with stopped_by(path):
        switch_on(service.updater(), "search")
    service.finish()
    service.commit("On")
    switch_off(service.updater(), "search", data=Data.KEEP)
    assert service.read(path) == "mine = 1\n"
    assert not (service.folder / f"{path}.from-template").exists()
    assert data


def test_a_history_with_broken_answers_does_not_stop_updates(service: Small) -> None:
    answers = service.read(".copier-answers.yml")
    for broken in ("<<<<<<< a\nx: 1\n=======\nx: 2\n>>>>>>> b\n", "- a list\n", "", "a: b: c\n"):
        service.write(".copier-answers.yml", broken)
        service.commit("Break")
        service.write(".copier-answers.yml", answers)
        service.commit("Mend")
    service.update()
    assert service.version == "2.0"


@pytest.mark.parametrize("edit", ["quote", "crlf", "order"])
def test_another_form_of_the_answers_is_no_lost_change(service: Small, edit: str) -> None:
    lines = service.read(".copier-answers.yml").splitlines()
    match edit:
        case "quote":
            lines = [re.sub(r"^_src_path: (.*)$", r'_src_path: "\1"', line) for line in lines]
        case "crlf":
            lines = [f"{line}\r" for line in lines]
        case _:
            lines.sort(reverse=True)
    (service.folder / ".copier-answers.yml").write_bytes("\n".join([*lines, ""]).encode())
    service.commit()
    service.update()
    assert service.version == "2.0"


def test_a_comment_in_the_answers_is_named(service: Small) -> None:
    service.write(".copier-answers.yml", "# Mine.\n" + service.read(".copier-answers.yml"))
    service.commit()
    with stopped_by(".copier-answers.yml"):
        service.update()


def test_an_own_branch_of_migrations_needs_no_further_rendering(
    service: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.write("migrations/versions/notes/n1.py", MIGRATION.format(revision="n1", after=None))
    service.commit()
    render = Mock(side_effect=rendering.render)
    monkeypatch.setattr(planning, "render", render)
    service.update()
    assert [call.args[2] for call in render.call_args_list] == ["1.0", "2.0"]
