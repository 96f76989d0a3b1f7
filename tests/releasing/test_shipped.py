"""A shipped part is not removed or changed without a note in UPGRADING.md."""

from pathlib import Path

import pytest

from scripts.release import UPGRADING, reasons_against, unexplained_changes
from tests.releasing.small_template import FILES, MIGRATION, SETTINGS
from tests.rewriting import replace, write
from tests.updating import commit

# A shipped part, its change, and its name in the refusal and the note.
BREACHES = [
    ("template/README.md.jinja", "", None, "path `README.md` was removed"),
    (
        "copier.yml",
        "_exclude:\n",
        '_exclude:\n  - "{% if not extra %}/README.md{% endif %}"\n',
        "path `README.md` is left out now with extra=False",
    ),
    (
        "copier.yml",
        '"{{ extra }}"',
        "false",
        "path `app/counted.py` is left out now with extra=True",
    ),
    ("copier.yml", "name:", "title:", "question `name` was removed"),
    (
        "copier.yml",
        "color: { type: str",
        "color: { type: json",
        "question `color` has another type",
    ),
    ("copier.yml", ", Blue: blue", "", "question `color` does not take 'blue' any more"),
    ("copier.yml", "default: My Service", "default: Yours", "question `name` has another default"),
    ("copier.yml", "extra: { ", "extra: { when: false, ", "question `extra` was removed"),
    (MIGRATION, '"5d0b7c3e91fa"', '"6d0b7c3e91fa"', "migration `5d0b7c3e91fa` was removed"),
    (MIGRATION, "| None = None", '| None = "1"', "migration `5d0b7c3e91fa` was changed"),
    (MIGRATION, '"things"', '"others"', "migration `5d0b7c3e91fa` was changed"),
    (SETTINGS, "    mail_port: int = 587\n", "", "setting `MAIL_PORT` was removed"),
    (SETTINGS, "mail_port: int", "mail_port: float", "setting `MAIL_PORT` has another type"),
    (SETTINGS, "587", "465", "setting `MAIL_PORT` has another default"),
    (
        SETTINGS,
        '("mail_host",)',
        '("mail_host", "mail_port")',
        "setting `MAIL_PORT` is newly required in production",
    ),
    (
        SETTINGS,
        "return []",
        'return ["X"]',
        "settings class `MailSettings` requires other settings",
    ),
    ("template/Makefile", "worker:", "work:", "make target `worker` was removed"),
    ("template/devtools/targets/extra.mk", "extra-load:", "load:", "make target `extra-load` was"),
]


@pytest.mark.parametrize(("path", "old", "new", "said"), BREACHES, ids=[b[3] for b in BREACHES])
def test_a_shipped_part_is_not_removed_without_a_note(
    repository: Path, path: str, old: str, new: str | None, said: str
) -> None:
    if new is None:
        (repository / path).unlink()
    else:
        replace(repository / path, old, new)
    commit(repository, "Break something")
    (reason,) = (r for r in reasons_against(repository, "0.2.0") if said in r)
    assert reason.startswith(f"Since 0.1.0, the {said}")
    name = said.split("`")[1]
    note = f"Unreleased\n\n- `{name}`: do something else.\n"
    replace(repository / UPGRADING, "Unreleased\n", note)
    commit(repository, "Say so")
    assert [r for r in reasons_against(repository, "0.2.0") if f"`{name}`" in r] == []


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (SETTINGS, "587\n", "5_87  # as before\n\n    mail_user: str\n"),
        (SETTINGS, '"""The port."""', '"""The port of the mail server."""'),
        (MIGRATION, '"""Create."""', '"""Create all of it."""'),
        ("copier.yml", "Blue: blue", "Sky blue: blue, Green: green"),
        ("copier.yml", "name:", "more: { type: bool, default: false }\nname:"),
        ("template/Makefile", "worker: up", "worker: down"),
    ],
)
def test_additions_and_rewording_need_no_note(
    repository: Path, path: str, old: str, new: str
) -> None:
    replace(repository / path, old, new)
    commit(repository, "Work")
    assert list(reasons_against(repository, "0.2.0")) == []


@pytest.mark.parametrize(
    ("heading", "note", "enough"),
    [
        ("## Unreleased\n", "`app/extra/` is gone.", True),
        ("## Unreleased\n", "app/extra/module.py is gone.", False),
        ("## Unreleased\n", "`module.py` is gone.", False),
        ("## 0.1.0\n", "`app/extra/module.py` is gone.", False),
    ],
)
def test_a_note_names_the_thing_or_its_folder_in_a_newer_section(
    repository: Path, heading: str, note: str, *, enough: bool
) -> None:
    (repository / "template/app/extra/module.py").unlink()
    replace(repository / UPGRADING, heading, f"{heading}\n{note}\n")
    commit(repository, "Remove a path")
    assert (list(reasons_against(repository, "0.2.0")) == []) == enough


def test_a_new_module_may_require_settings_and_one_that_all_have_may_not(repository: Path) -> None:
    text = FILES[SETTINGS].replace("mail", "extra").replace("Mail", "Extra")
    write(repository / "template/app/extra/settings.py", text)
    assert unexplained_changes(repository) == []
    write(repository / "template/app/all/settings.py", text.replace("extra", "all"))
    ((_, change),) = unexplained_changes(repository)
    assert str(change) == "the setting `ALL_HOST` is newly required in production"
