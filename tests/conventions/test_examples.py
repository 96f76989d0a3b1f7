"""The examples of the rules are true: the wrong one is reported, and the right one is not.

The frame that an example names, a file in `frames/`, stands around it.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from scripts.rendering import ROOT
from tests.conventions.reviewing import ReviewedService

pytestmark = pytest.mark.xdist_group("conventions")

FRAMES = Path(__file__).parent / "frames"
WITHOUT_FRAME = {
    "long-function": "an example of 140 lines explains nothing",
    "long-file": "as above",
    "unserved-router": "it is about another file",
    "breaking-change": "it is about openapi.json",
    "migration-order": "it is about two files",
    "stale-baseline": "it is about the baseline",
    "broken-code": "it would leave out the other rules",
    "banned-name": "it needs a setting",
}
OF_CASES = {
    *(f"outside-{kind}" for kind in ("address", "path", "redirect", "html", "command", "pattern")),
    *("outside-template", "outside-attribute", "request-in-log", "personal-data-in-log"),
    *("weak-token", "unverified-tls", "unsafe-loader", "dropped-role", "duplicate-route"),
    *("shadowed-route", "loose-field", "unlimited-header", "naive-datetime", "endless-retry"),
    *("unsafe-retry", "effect-without-key", "read-modify-write", "unlocked-state-change"),
    *("check-then-insert", "frozen-default", "shared-module-state", "unbounded-cache"),
    *("unbounded-upload", "weak-cookie", "patch-that-nulls", "error-with-200"),
    *(
        "untested-endpoint",
        "user-from-body",
        "unbounded-queue",
        "client-per-request",
        "poor-name",
        "ownerless-todo",
    ),
}
WITHOUT_FRAME |= dict.fromkeys(OF_CASES, "its cases, in more than one place, show it whole")
TEXTS: dict[str, dict[str, Any]] = {
    name: text
    for path in sorted((ROOT / "template/conventions/rules").glob("*.toml"))
    for name, text in tomllib.loads(path.read_text("utf-8")).items()
    if "codes" not in text  # The kinds of ruff's findings are those of test_lint.py.
}
NOTES = '''"""Tables that the examples use."""

from uuid import UUID

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import User
from app.accounts.owned import Owned
from app.core.db import Base, UuidKey
from app.core.errors import NotFound


class NoteNotFound(NotFound):
    """There is no such note."""

    code = "example_note_not_found"


class Note(Owned, Base):
    """A note."""

    __tablename__ = "example_notes"

    id: Mapped[UuidKey]
    title: Mapped[str] = mapped_column(String(200), unique=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)


class Page(Base):
    """A page with a long text."""

    __tablename__ = "example_pages"

    id: Mapped[UuidKey]
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
'''
OF_MIGRATIONS = {"upgrade", "migration"}
MODULE = '''"""The module of an example."""

from app.core.module import Module
from app.features.{feature} import {frame} as example

module = Module(name="{feature}", {part})
'''
OF_TABLES = {"column", "key", "models"}
WITH_MODULE = {"router", "routes", "field", "response", "settings"}


def feature_of(rule: str) -> str:
    """Return the name of the feature that has the example of a rule."""
    return f"example_{rule.replace('-', '_')}"


def framed(frame: str, example: str, feature: str) -> str:
    """Return a file with an example in its frame."""
    text = (FRAMES / f"{frame}.py").read_text("utf-8").replace("FEATURE", feature)
    mark = re.search(r"^( *)EXAMPLE  # frame$", text, re.MULTILINE)
    assert mark
    lines = [f"{mark[1]}{line}" if line.strip() else "" for line in example.strip("\n").split("\n")]
    text = text.replace(mark[0], "\n".join(lines))
    text = re.sub(r'__tablename__ = "notes"', f'__tablename__ = "{feature}_notes"', text)
    if frame in WITH_MODULE:  # The names of endpoints and errors are those of the whole service.
        for name in set(re.findall(r"def (\w+)\(", text)):
            text = re.sub(rf"\b{name}\(", f"{name}_{feature}(", text)
    return text


def add_examples(service: ReviewedService, key: str) -> None:
    """Add a feature with the example of each rule."""
    service.write("app/features/example_notes/models.py", NOTES)
    imports = ["import app.features.example_notes.models"]
    for rule, text in TEXTS.items():
        if rule not in WITHOUT_FRAME:
            imports += add_example(service, text["frame"], text[key], feature_of(rule))
    features = service.folder / "app/features/__init__.py"
    text = features.read_text("utf-8").replace(
        "\n\nFEATURES", "\n".join(["", *imports, "", "FEATURES"])
    )
    modules = "".join(f"{line.split()[-1]}, " for line in imports if " as " in line)
    features.write_text(text.replace("[Module, ...] = (", f"[Module, ...] = ({modules}"), "utf-8")


def add_example(service: ReviewedService, frame: str, example: str, feature: str) -> list[str]:
    """Add the feature of an example; return the imports that the service needs for it."""
    code, folder = framed(frame, example, feature), f"app/features/{feature}"
    if frame in OF_MIGRATIONS:
        folder = f"migrations/versions/{feature}"
        service.write(f"{folder}/change_{feature}.py", code)
        if frame == "upgrade":
            drop = 'def downgrade() -> None:\n    op.drop_table("notes")'
            service.write(f"{folder}/create_{feature}.py", framed("migration", drop, feature))
        return []
    service.write(f"{folder}/{frame}.py", code)
    if frame in WITH_MODULE:
        part = "settings=example.Settings" if frame == "settings" else "router=example.router"
        service.write(f"{folder}/module.py", MODULE.format(feature=feature, frame=frame, part=part))
        return [f"from app.features.{feature}.module import module as {feature}"]
    return [f"import app.features.{feature}.{frame}"] if frame in OF_TABLES else []


def reported(service: ReviewedService) -> set[str]:
    """Return the rules that report the feature of their own example."""
    document = service.review("--format", "json", "--fail-on", "never").document
    assert document["incomplete"] is None
    return {
        each["rule"]
        for each in document["findings"]
        if f"/{feature_of(each['rule'])}/" in each["path"]
    }


def test_every_rule_has_a_frame_or_a_reason_for_none() -> None:
    assert {rule for rule, text in TEXTS.items() if "frame" not in text} == WITHOUT_FRAME.keys()


def test_the_wrong_examples_are_reported(service: ReviewedService) -> None:
    add_examples(service, "wrong")
    assert sorted(TEXTS.keys() - WITHOUT_FRAME.keys() - reported(service)) == []


def test_the_right_examples_are_not_reported(service: ReviewedService) -> None:
    add_examples(service, "right")
    assert sorted(reported(service)) == []
