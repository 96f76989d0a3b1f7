"""Rules: a check of one convention. Its texts are in a TOML file in the folder of the check.

    @rule("long-file")
    def find_long_files(service: Service) -> Iterator[Violation]:
        \"\"\"Find files in `app/` longer than 300 lines.\"\"\"

    [long-file]
    convention = "CODE-4"
    severity = "suggestion"
    why = "A long file mixes use cases that change for different reasons."
    fix = "Split it by use case."
    wrong = "service.py  # 900 lines"
    right = "service/notes.py, service/sharing.py"

A table may have a `frame` too, the code around its examples: the template's tests run them in it.
"""

import inspect
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from conventions.findings import Severity, Violation
from conventions.service import Service

Check = Callable[[Service], Iterable[Violation]]

TEXTS = ("convention", "severity", "why", "fix", "wrong", "right")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A check of one convention, and its explanation.

    Attributes:
        id: Its name in reports and suppressions, in kebab-case.
        convention: The id of the convention that it checks, such as `API-1`.
        severity: The severity of its findings, unless pyproject.toml sets another.
        why: The consequence of a violation in production.
        fix: Instructions to fix one.
        wrong: A short example of a violation.
        right: The same example, fixed.
        check: Yields the violations in a service.
    """

    id: str
    convention: str
    severity: Severity
    why: str
    fix: str
    wrong: str
    right: str
    check: Check


class RuleError(Exception):
    """A rule without texts, or with incomplete ones; the message says which."""


def rule(id: str) -> Callable[[Check], Rule]:  # noqa: A002 - the name of the attribute
    """Turn a function into a rule, with the texts of this id in the folder of the function.

    Raises:
        RuleError: The texts are missing or incomplete.
    """

    def decorate(check: Check) -> Rule:
        folder = Path(inspect.getfile(check)).parent
        texts = read_texts(folder)
        if id not in texts:
            message = f"no TOML file in {folder.name}/ has a table [{id}] with its texts"
            raise RuleError(message)
        return make_rule(id, texts[id], check)

    return decorate


def make_rule(id: str, texts: Mapping[str, Any], check: Check) -> Rule:  # noqa: A002 - as above
    """Return a rule with these texts.

    Raises:
        RuleError: A text is missing, or the severity is unknown.
    """
    if missing := [name for name in TEXTS if name not in texts]:
        message = f"the table [{id}] of a rule has no {', '.join(missing)}"
        raise RuleError(message)
    if texts["severity"] not in {level.value for level in Severity}:
        severities = ", ".join(Severity)
        message = (
            f"the table [{id}] has the severity {texts['severity']!r}, not one of {severities}"
        )
        raise RuleError(message)
    return Rule(
        id=id,
        convention=texts["convention"],
        severity=Severity(texts["severity"]),
        why=" ".join(texts["why"].split()),
        fix=" ".join(texts["fix"].split()),
        wrong=texts["wrong"].strip("\n"),
        right=texts["right"].strip("\n"),
        check=check,
    )


@cache
def read_texts(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the tables of every TOML file in a folder, by the ids of their rules.

    Raises:
        RuleError: A file cannot be read, or two have the same table.
    """
    texts: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.toml")):
        if path.name == "conventions.toml":
            continue  # those of a team, beside the texts of its rules
        try:
            tables = tomllib.loads(path.read_text("utf-8"))
        except ValueError as error:
            message = f"{folder.name}/{path.name} cannot be read: {error}"
            raise RuleError(message) from error
        if repeated := sorted(texts.keys() & tables.keys()):
            message = f"{folder.name}/{path.name} repeats the table [{repeated[0]}]"
            raise RuleError(message)
        texts |= tables
    return texts
