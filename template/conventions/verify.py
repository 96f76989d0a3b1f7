"""The checklist before a hand-over: ten points, each passed or not, and by what."""

import ast
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from conventions.coverage import Convention
from conventions.rule import Severity
from conventions.running import Finding, Review
from conventions.service import Service

MOST_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class Point:
    """One point of the checklist.

    Attributes:
        name: What is asked.
        keeps: The conventions that answer it.
        places: Says what is looked at, and how much of it there is.
    """

    name: str
    keeps: tuple[str, ...]
    places: Callable[[Service], str]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of a point: whether it is passed, and a line for each piece of evidence."""

    point: Point
    passed: bool
    evidence: list[str]


def verify(service: Service, review: Review, conventions: list[Convention]) -> Iterator[Verdict]:
    """Yield the verdict on each point.

    Args:
        service: What was reviewed.
        review: What the rules found there.
        conventions: Those of the service.
    """
    for point in POINTS:
        kept = [convention for convention in conventions if convention.id in point.keeps]
        rules = sorted({rule for convention in kept for rule in convention.rules})
        tests = sorted({test for convention in kept for test in convention.tests})
        problems = [_shown(finding) for finding in _against(point, review, service)]
        problems += [crash for crash in review.crashes if crash.partition(":")[0] in rules]
        commands = sorted({command for convention in kept for command in convention.commands})
        complaints = [line for command in commands for line in _run(command, service.root)]
        evidence = [
            f"looked at {point.places(service)}",
            *([f"by the rules {', '.join(rules)}"] if rules else []),
            *(f"by `{command}`" for command in commands),
            *([f"`make test` runs {len(tests)} tests of it"] if tests else []),
            *problems[:MOST_SHOWN],
            *([f"and {len(problems) - MOST_SHOWN} more"] if problems[MOST_SHOWN:] else []),
            *complaints,
        ]
        yield Verdict(point=point, passed=not problems + complaints, evidence=evidence)


def write(verdicts: list[Verdict]) -> str:
    """Return the checklist for a terminal."""
    blocks = [
        "\n         ".join(
            [f"{'pass' if one.passed else 'FAIL'} {n:2} {one.point.name}", *one.evidence]
        )
        for n, one in enumerate(verdicts, start=1)
    ]
    passed = sum(one.passed for one in verdicts)
    return "\n".join([*blocks, "", f"{passed} of {len(verdicts)} points passed."])


def _against(point: Point, review: Review, service: Service) -> list[Finding]:
    """Return what was found against a point; code that cannot be read is against all of them."""
    bar = service.configuration.fail_on or Severity.CRITICAL
    return [
        finding
        for finding in review.findings
        if finding.rule.id == "broken-code"
        or (finding.rule.keeps in point.keeps and finding.severity.reaches(bar))
    ]


def _shown(finding: Finding) -> str:
    found = finding.found
    return f"{found.path}:{found.line}: [{finding.rule.id}] {found.message}"


def _run(command: str, root: Path) -> list[str]:
    """Run a check that is a program; return the end of what it complains of."""
    beside = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        ["env", *command.split()],
        cwd=root,
        env=os.environ | {"PATH": beside},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return lines[-MOST_SHOWN:] if done.returncode else []


def _in_app(what: str, *kinds: type[ast.AST]) -> Callable[[Service], str]:
    def count(service: Service) -> str:
        return f"{sum(1 for _ in service.sources.under('app').nodes(*kinds))} {what}"

    return count


_functions = _in_app("functions", ast.FunctionDef, ast.AsyncFunctionDef)
_handlers = _in_app("handlers of exceptions", ast.ExceptHandler)
_coroutines = _in_app("coroutines", ast.AsyncFunctionDef)
_calls = _in_app("calls", ast.Call)


def _routes(service: Service) -> str:
    return f"{len(service.routes)} routes"


def _files(service: Service) -> str:
    return f"{len(service.sources)} files, {len(service.settings)} classes of settings"


def _tables(service: Service) -> str:
    return f"{len(service.metadata.tables)} tables, {len(service.migrations)} migrations"


POINTS = (
    Point(name="Types and docstrings", keeps=("CODE-1", "CODE-3"), places=_functions),
    Point(name="Validation", keeps=("API-3", "API-8", "SEC-4"), places=_routes),
    Point(name="Failure cases", keeps=("API-5", "ERR-1", "ERR-2", "ERR-3"), places=_handlers),
    Point(name="Async", keeps=("API-1", "API-2", "DB-2"), places=_coroutines),
    Point(name="No secrets", keeps=("CODE-5", "SEC-5"), places=_files),
    Point(name="Status codes", keeps=("API-4", "API-6"), places=_routes),
    Point(name="Queries", keeps=("API-9", "DB-7", "DB-8", "DB-9", "DB-11"), places=_tables),
    Point(name="Rate limits", keeps=("SEC-1", "SEC-2"), places=_routes),
    Point(name="Style", keeps=("CODE-2", "CODE-4", "ERR-4"), places=_files),
    Point(name="Timeouts and retries", keeps=("SEC-7", "SEC-8"), places=_calls),
)
