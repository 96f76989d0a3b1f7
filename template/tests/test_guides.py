"""The guides name only commands, paths and rules that exist."""

import re
from pathlib import Path

import pytest

from conventions.coverage import read_conventions, write_guide
from conventions.rules import HOUSE, RULES

ROOT = Path(__file__).parents[1]
AGENTS = ("AGENTS.md", ".claude/agents/implementer.md", ".claude/agents/reviewer.md")
GUIDES = (*AGENTS, "CONTRIBUTING.md", ".github/pull_request_template.md")
PATH = re.compile(r"`((?:app|tests|migrations|conventions|devtools)/[^`<]*)`")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
OF_THE_TEAM = re.compile(r"<!-- house_rules -->\n(.*?)\n<!-- end -->", re.DOTALL)
HAND_OVER = ("Decisions", "Migrations", "Edge cases", "Tests")


def read_prose(guide: str) -> str:
    """Return a guide without the files and commands of its example, and the team's rules."""
    return OF_THE_TEAM.sub("", FENCED.sub("", (ROOT / guide).read_text("utf-8")))


@pytest.mark.parametrize("guide", GUIDES)
def test_every_command_is_a_target_of_make(guide: str) -> None:
    makefiles = [ROOT / "Makefile", ROOT / "project.mk", *ROOT.glob("devtools/targets/*.mk")]
    text = "\n".join(path.read_text("utf-8") for path in makefiles)
    targets = set(re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE))
    for command in re.findall(r"`make ([^`]+)`", read_prose(guide)):
        named = [word for word in command.partition('"')[0].split() if "=" not in word]
        assert set(named) <= targets, command


@pytest.mark.parametrize("guide", GUIDES)
def test_every_path_is_there(guide: str) -> None:
    for path in re.findall(
        r"`((?:app|tests|migrations|conventions|devtools)/[^`<]*)`", read_prose(guide)
    ):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("guide", AGENTS)
def test_every_rule_is_named_with_its_convention(guide: str) -> None:
    told = {
        (line.split("**")[1], rule)
        for line in read_prose(guide).splitlines()
        if line.startswith("- **") and "-" in line.split("**")[1]
        for rule in re.findall(r"`([a-z]+(?:-[a-z0-9]+)*)`", line.rpartition(" (")[2])
    }
    rules = [rule for rule in RULES if rule not in HOUSE.rules]
    assert told == {(one.id, rule) for one in read_conventions(ROOT, rules) for rule in one.rules}


def test_the_guide_lists_the_rules_of_the_team() -> None:
    own = {rule.id for rule in HOUSE.rules}
    listed = write_guide(ROOT, read_conventions(ROOT, RULES), own)
    [found] = OF_THE_TEAM.findall((ROOT / "AGENTS.md").read_text("utf-8"))
    assert found == listed, "run `make guide`"


def test_every_convention_has_a_check_that_exists() -> None:
    conventions = read_conventions(ROOT, RULES)
    assert [one.id for one in conventions if not [*one.checks()]] == []
    for test in (test for one in conventions for test in one.tests):
        path, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / path).read_text("utf-8"), test


@pytest.mark.parametrize("guide", [*AGENTS, ".github/pull_request_template.md"])
def test_a_hand_over_has_the_same_parts_everywhere(guide: str) -> None:
    text = read_prose(guide)
    places = [text.find(f"**{part}.**" if guide in AGENTS else f"## {part}") for part in HAND_OVER]
    assert -1 not in places
    assert places == sorted(places)
