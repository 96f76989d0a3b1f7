"""The checklist of `make verify`: eleven points, each with its evidence."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from conventions.coverage import Convention
from conventions.findings import Severity
from conventions.review import Finding, Review
from conventions.service import LoadError, Service
from conventions.suite import FEATURES, MAX_LINES, SuiteResult, run_suite


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
    covered = {
        point: [one for one in conventions if one.id in point.conventions] for point in POINTS
    }
    commands = {command for ones in covered.values() for one in ones for command in one.commands}
    outputs = {command: _run(command, service.root) for command in sorted(commands)}
    tests = {test for ones in covered.values() for one in ones for test in one.tests}
    suite = run_suite(service.root, tests)
    for point, ones in covered.items():
        problems = [
            *(_line_of(finding) for finding in _findings_for(point, review, service)),
            *_left_out({rule for one in ones for rule in one.rules}, review),
        ]
        named = sorted({command for one in ones for command in one.commands})
        errors = [line for command in named for line in outputs[command]]
        yield _result(point, service, problems, errors, ones, suite)
    yield _tests_of_features(service, suite)


def _result(
    point: Point,
    service: Service,
    problems: list[str],
    errors: list[str],
    conventions: list[Convention],
    suite: SuiteResult,
) -> Result:
    rules = sorted({rule for one in conventions for rule in one.rules})
    tests = sorted({test for one in conventions for test in one.tests})
    failures = suite.failures(tests)
    evidence = [
        f"checked {_scope(point, service)}",
        *([f"by the rules {', '.join(rules)}"] if rules else []),
        *(f"by `{command}`" for one in conventions for command in one.commands),
        *([f"by {len(tests)} tests, {len(tests) - len(failures)} passed"] if tests else []),
        *_shortened(problems),
        *_shortened(failures),
        *errors,
    ]
    return Result(point=point, passed=not problems + failures + errors, evidence=evidence)


def _tests_of_features(service: Service, suite: SuiteResult) -> Result:
    """Return whether the tests of the features pass, and call each endpoint of a feature."""
    try:
        routes = [one for one in service.routes if one.source.layer == "features"]
    except LoadError as error:
        return Result(point=TESTS, passed=False, evidence=[str(error)])
    missing = [
        f"{one.source.path}:{one.node.lineno}: no test in {FEATURES} calls {method} {one.path}"
        for one in routes
        for method in sorted(one.methods - {"HEAD"})
        if f"{method} {one.route.path_format}" not in suite.called
    ]
    ran = sum(test.startswith(FEATURES) for test in suite.outcomes)
    failed = [test for test, passed in suite.outcomes.items() if not passed]
    failures = suite.failures(test for test in failed if test.startswith(FEATURES))
    errors = suite.output if failures or not suite.outcomes else []
    evidence = [f"checked {len(routes)} routes of features by {ran} tests in {FEATURES}"]
    evidence += [*_shortened(missing), *_shortened(failures), *errors]
    return Result(point=TESTS, passed=not missing + failures + errors, evidence=evidence)


def _scope(point: Point, service: Service) -> str:
    try:
        return point.scope(service)
    except LoadError:
        return "nothing, since the service cannot be loaded"


def _left_out(rules: set[str], review: Review) -> list[str]:
    """Return a line for each reason why rules of a point did not run."""
    crashes = [crash for crash in review.crashes if crash.partition(":")[0] in rules]
    gaps = [gap for gap in review.gaps if rules & set(re.findall(r"[\w-]+", gap))]
    return [*crashes, *gaps]


def _shortened(lines: list[str]) -> list[str]:
    rest = len(lines) - MAX_LINES
    return [*lines[:MAX_LINES], *([f"and {rest} more"] if rest > 0 else [])]


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


TESTS = Point(name="Tests", conventions=("REV-4",), scope=_routes)
"""The last point; its evidence is the routes that tests called."""

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
