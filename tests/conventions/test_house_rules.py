"""A team adds rules, bans, conventions and words without editing a file of the template's."""

import pytest

from tests.conventions.reviewing import ReviewedService

pytestmark = pytest.mark.xdist_group("conventions")

FILE = "app/features/market_data/untidy.py"
RULE = '''"""Rules of the team."""

from collections.abc import Iterator

from conventions.findings import Violation
from conventions.rule import rule
from conventions.service import Service


@rule("no-sizes")
def find_sizes(service: Service) -> Iterator[Violation]:
    """Find the constant NOTE_SIZE."""
    for source in service.sources.under("app"):
        if "NOTE_SIZE = " in source.text:
            yield source.violation(source.tree, "NOTE_SIZE is defined")
'''
TEXTS = """
[no-sizes]
convention = "HOUSE-1"
severity = "critical"
why = "Sizes differ."
fix = "Ask."
wrong = "NOTE_SIZE = 1"
right = "size_of(note)"
"""


@pytest.fixture
def house(service: ReviewedService) -> ReviewedService:
    """A service with a convention and a rule of its team."""
    service.write("house_rules/sizes.py", RULE)
    service.write("house_rules/sizes.toml", TEXTS)
    service.write("house_rules/conventions.toml", '[HOUSE-1]\nsays = "Nothing has a size."\n')
    service.write(FILE, '"""A module."""\n\nNOTE_SIZE = 1\n')
    return service


def test_a_rule_of_the_team_is_reported_accepted_and_explained(house: ReviewedService) -> None:
    assert f"{FILE}:1:1: critical [no-sizes] NOTE_SIZE is defined\n" in house.review().stdout
    explained = house.review("explain", "no-sizes").stdout
    assert explained.startswith("no-sizes (critical) checks HOUSE-1: Nothing has a size.\n")
    listed = house.review("list").stdout
    assert "HOUSE-1  Nothing has a size.\n" in listed
    assert "    rule `no-sizes`" in listed
    text = '"""A module."""  # conventions: ignore[no-sizes] one size\n\nNOTE_SIZE = 1\n'
    house.write(FILE, text)
    assert house.review().stdout == "Nothing found.\n"


def test_the_guide_lists_the_rules_of_the_team(house: ReviewedService) -> None:
    assert house.review("guide").status == 0
    guide = (house.folder / "AGENTS.md").read_text("utf-8")
    listed = "- **HOUSE-1** Nothing has a size. (`no-sizes`)"
    assert f"<!-- house_rules -->\n{listed}\n<!-- end -->" in guide


@pytest.mark.parametrize(
    ("path", "text", "error"),
    [
        ("sizes.py", "def find(:\n", "sizes.py: SyntaxError: "),
        ("sizes.py", "import nothing_of_this_name\n", "sizes.py: ModuleNotFoundError: "),
        ("sizes.toml", TEXTS.replace("why", "because"), "[no-sizes] of a rule has no why"),
        ("sizes.toml", TEXTS.replace("HOUSE-1", "HOUSE-2"), "checks HOUSE-2, which is not in"),
        ("more.py", RULE, "sizes.py: there is another rule no-sizes"),
        (
            "sizes.py",
            RULE.replace('"NOTE_SIZE = " in source.text', "1 / 0"),
            "no-sizes: ZeroDivision",
        ),
        (
            "sizes.py",
            RULE.replace('source.violation(source.tree, "NOTE_SIZE is defined")', "source.path"),
            "which is no Violation",
        ),
    ],
    ids=["syntax", "import", "text", "convention", "repeated", "failing", "yield"],
)
def test_a_faulty_rule_is_named_and_the_others_run(
    house: ReviewedService, path: str, text: str, error: str
) -> None:
    house.write(f"house_rules/{path}", text)
    house.write(FILE, '"""A module."""\n\nNOTE_SIZE = 1\nSIZE: int = "1"\n')
    result = house.review()
    assert result.status == 2
    first, *lines = result.stdout.splitlines()
    assert first.startswith("The review is incomplete: a rule failed: ")
    assert error in first
    assert any("[types]" in line for line in lines)


def test_bans_and_words_are_settings(service: ReviewedService) -> None:
    project = service.folder / "pyproject.toml"
    settings = """
[tool.conventions]
max-file-lines = 20
bans = { "decimal.Decimal" = "use Money", "json" = "use pydantic", "print" = "log instead" }
words = { money = ["toll"], ambiguous-tables = ["bridges"] }
"""
    project.write_text(project.read_text("utf-8") + settings, "utf-8")
    service.write(
        FILE,
        '''"""A module."""

import json.decoder
from decimal import Decimal, localcontext

from sqlalchemy.orm import Mapped

from app.core.db import Base, UuidKey


class Bridge(Base):
    """A bridge."""

    __tablename__ = "bridges"

    id: Mapped[UuidKey]
    toll: Mapped[float]


print(json.decoder, Decimal, localcontext)
''',
    )
    importing = service.folder / "app/features/__init__.py"
    importing.write_text(importing.read_text("utf-8") + f"import {FILE[:-3].replace('/', '.')}\n")
    found = service.review("--format", "json").document["findings"]
    rules = {"banned-name", "float-money", "table-name", "long-file"}
    here = [each for each in found if each["path"] == FILE and each["rule"] in rules]
    assert [(each["line"], each["rule"]) for each in here] == [
        (3, "banned-name"),
        (4, "banned-name"),
        (14, "table-name"),
        (17, "float-money"),
        (20, "banned-name"),
    ]
    assert here[0]["message"] == "`json` is banned: use pydantic"
    assert any(each["rule"] == "long-file" for each in found)
