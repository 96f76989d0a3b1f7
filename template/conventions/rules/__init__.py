"""All rules, by group."""

import re
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from conventions.house import read_house_rules
from conventions.rule import Rule

GROUPS = (
    "routes",
    "statuses",
    "untested",
    "routing",
    "openapi",
    "bodies",
    "contract",
    "protection",
    "uploads",
    "cookies",
    "fields",
    "patching",
    "models",
    "queries",
    "existence",
    "parameters",
    "relations",
    "sessions",
    "money",
    "owners",
    "migrations",
    "asynchrony",
    "tasks",
    "waiting",
    "retries",
    "races",
    "state",
    "growth",
    "errors",
    "logs",
    "outside",
    "secrets",
    "comparisons",
    "configuration",
    "unsafe",
    "code",
    "naming",
    "house",
    "tools",  # after those whose findings it does not repeat
    "review",  # the last: it checks the findings of the others
)


class Skipped(NamedTuple):
    """A group that cannot be imported, usually because of code that `broken-code` reports."""

    error: str
    rules: tuple[str, ...]


SKIPPED: list[Skipped] = []

_DECLARED = re.compile(r"^@rule\(\"([\w-]+)\"\)", re.MULTILINE)


def _rules_of(group: str) -> tuple[Rule, ...]:
    try:
        return import_module(f"conventions.rules.{group}").RULES
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the other groups still run
        text = Path(__file__).with_name(f"{group}.py").read_text("utf-8")
        problem = f"conventions/rules/{group}.py: {type(error).__name__}: {error}"
        SKIPPED.append(Skipped(problem, tuple(_DECLARED.findall(text))))
        return ()


_BY_GROUP = {group: _rules_of(group) for group in GROUPS}
_OWN = tuple(rule for rules in _BY_GROUP.values() for rule in rules)
HOUSE = read_house_rules(Path(__file__).parents[2], taken={rule.id for rule in _OWN})
_LAST = len(_OWN) - len(_BY_GROUP["review"])
RULES: tuple[Rule, ...] = (*_OWN[:_LAST], *HOUSE.rules, *_OWN[_LAST:])
RULES_OF_CHECK = (*_BY_GROUP["migrations"], *_BY_GROUP["tools"])
"""The rules of `make check`: other tools, and the migrations, of which squawk knows risks too."""
