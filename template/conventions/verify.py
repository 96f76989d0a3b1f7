"""The checklist of `make verify`: ten points, each with its evidence."""

import ast
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from conventions.coverage import Convention
from conventions.findings import Severity
from conventions.review import Finding, Review
from conventions.service import Service

MAX_LINES = 10


@dataclass(frozen=True, kw_only=True)
class Point:
    """A point of the checklist.

    Attributes:
        name: The name.
        conventions: The conventions that it covers.
        scope: Describes the code that was checked, with its size.
    """

    name: str
    conventions: tuple[str, ...]
    scope: Callable[[Service], str]


@dataclass(frozen=True, kw_only=True)
class Result:
    """The result of a point, with a line for each piece of evidence."""

    point: Point
    passed: bool
    evidence: list[str]


def verify(service: Service, review: Review, conventions: list[Convention]) -> Iterator[Result]:
    """Check each point.

    Args:
        service: The reviewed service.
        review: The findings of its rules.
        conventions: Its conventions.

    Yields:
        The result of each point.
    """
    for point in POINTS:
        covered = [one for one in conventions if one.id in point.conventions]
        rules = sorted({rule for one in covered for rule in one.rules})
        tests = sorted({test for one in covered for test in one.tests})
        commands = sorted({command for one in covered for command in one.commands})
        problems = [_line_of(finding) for finding in _findings_for(point, review, service)]
        problems += [crash for crash in review.crashes if crash.partition(":")[0] in rules]
        errors = [line for command in commands for line in _run(command, service.root)]
        evidence = [
            f"checked {point.scope(service)}",
            *([f"by the rules {', '.join(rules)}"] if rules else []),
            *(f"by `{command}`" for command in commands),
            *([f"`make test-all` runs {len(tests)} tests of it"] if tests else []),
            *problems[:MAX_LINES],
            *([f"and {len(problems) - MAX_LINES} more"] if problems[MAX_LINES:] else []),
            *errors,
        ]
        yield Result(point=point, passed=not problems + errors, evidence=evidence)


def write_checklist(results: list[Result]) -> str:
    """Return the checklist for a terminal."""
    blocks = [
        "\n         ".join(
            [f"{'pass' if one.passed else 'FAIL'} {n:2} {one.point.name}", *one.evidence]
        )
        for n, one in enumerate(results, start=1)
    ]
    passed = sum(one.passed for one in results)
    return "\n".join([*blocks, "", f"{passed} of {len(results)} points passed."])


def _findings_for(point: Point, review: Review, service: Service) -> list[Finding]:
    """Return the findings that fail a point; code that cannot be loaded fails all points."""
    threshold = service.configuration.fail_on or Severity.CRITICAL
    return [
        finding
        for finding in review.findings
        if finding.rule.id == "broken-code"
        or (
            finding.rule.convention in point.conventions and finding.severity.is_at_least(threshold)
        )
    ]


def _line_of(finding: Finding) -> str:
    violation = finding.violation
    return f"{violation.path}:{violation.line}: [{finding.rule.id}] {violation.message}"


def _run(command: str, root: Path) -> list[str]:
    """Run a command; return the end of its output if it fails."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    result = subprocess.run(
        ["env", *command.split()],
        cwd=root,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in (result.stdout + result.stderr).splitlines() if line.strip()]
    return lines[-MAX_LINES:] if result.returncode else []


def _nodes(name: str, *kinds: type[ast.AST]) -> Callable[[Service], str]:
    def count(service: Service) -> str:
        return f"{sum(1 for _ in service.sources.under('app').nodes(*kinds))} {name}"

    return count


_functions = _nodes("functions", ast.FunctionDef, ast.AsyncFunctionDef)
_handlers = _nodes("exception handlers", ast.ExceptHandler)
_coroutines = _nodes("coroutines", ast.AsyncFunctionDef)
_calls = _nodes("calls", ast.Call)


def _routes(service: Service) -> str:
    return f"{len(service.routes)} routes"


def _files(service: Service) -> str:
    return f"{len(service.sources)} files, {len(service.settings)} settings classes"


def _tables(service: Service) -> str:
    return f"{len(service.metadata.tables)} tables, {len(service.migrations)} migrations"


POINTS = tuple(
    Point(name=name, conventions=tuple(conventions.split()), scope=scope)
    for name, conventions, scope in (
        ("Types and docstrings", "CODE-1 CODE-3", _functions),
        ("Validation", "API-3 API-8 SEC-4", _routes),
        ("Failure cases", "API-5 ERR-1 ERR-2 ERR-3", _handlers),
        ("Async", "API-1 API-2 DB-2", _coroutines),
        ("No secrets", "CODE-5 SEC-5", _files),
        ("Status codes", "API-4 API-6", _routes),
        ("Queries", "API-9 DB-7 DB-8 DB-9 DB-11", _tables),
        ("Rate limits", "SEC-1 SEC-2", _routes),
        ("Style", "CODE-2 CODE-4 ERR-4", _files),
        ("Timeouts and retries", "SEC-7 SEC-8", _calls),
    )
)
