"""Rules: a check of one convention, explained by its docstring.

@rule("long-file", convention="CODE-4", severity=Severity.SUGGESTION)
def find_long_files(service: Service) -> Iterator[Violation]:
    \"\"\"Find files in `app/` longer than 300 lines.

    Why: A long file mixes use cases that change for different reasons.

    Fix: Split it by use case.

    Wrong:
        service.py  # 900 lines

    Right:
        service/notes.py, service/sharing.py
    \"\"\"
"""

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from textwrap import dedent

from conventions.findings import Severity, Violation
from conventions.service import Service

Check = Callable[[Service], Iterable[Violation]]

_SECTION = re.compile(r"^(Why|Fix|Wrong|Right):", re.MULTILINE)


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


def rule(
    id: str,  # noqa: A002 - the name of the attribute
    *,
    convention: str,
    severity: Severity,
) -> Callable[[Check], Rule]:
    """Turn a function into a rule; its docstring has the sections Why, Fix, Wrong and Right."""

    def decorate(check: Check) -> Rule:
        _, *parts = _SECTION.split(inspect.getdoc(check) or "")
        sections = dict(zip(parts[::2], parts[1::2], strict=True))
        return Rule(
            id=id,
            convention=convention,
            severity=severity,
            why=" ".join(sections["Why"].split()),
            fix=" ".join(sections["Fix"].split()),
            wrong=dedent(sections["Wrong"]).strip("\n"),
            right=dedent(sections["Right"]).strip("\n"),
            check=check,
        )

    return decorate
