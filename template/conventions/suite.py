"""A run of the service's tests: the result of each, and the routes that the tests called.

As a plugin of pytest, `-p conventions.suite`, it records the route of every request that a test
sends to the app in its own process. The contract test, which calls every route, runs another one.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

from starlette.types import Receive, Scope, Send

FOLDER = "CONVENTIONS_CALLED_ROUTES"
FEATURES = "tests/features"
MAX_LINES = 10

_called: set[str] = set()


@dataclass(frozen=True)
class SuiteResult:
    """The results of tests.

    Attributes:
        outcomes: By the name of each test, `path::function`: whether no case of it failed.
        called: The routes that tests called, such as `GET /api/v1/notes/{note_id}`.
        output: The end of pytest's output, if a test failed or none ran.
    """

    outcomes: dict[str, bool]
    called: frozenset[str]
    output: list[str]

    def failures(self, tests: Iterable[str]) -> list[str]:
        """Return a line for each test that failed or did not run."""
        texts = {True: "", False: "failed", None: "did not run"}
        found = ((test, texts[self.outcomes.get(test)]) for test in tests)
        return [f"`{test}` {problem}" for test, problem in found if problem]


def run_suite(root: Path, tests: Iterable[str]) -> SuiteResult:
    """Run tests, and those of the features.

    Args:
        root: The service's folder.
        tests: The names of tests, `path::function`.
    """
    features = [FEATURES] if (root / FEATURES).exists() else []
    with TemporaryDirectory(prefix="suite-") as folder:
        report = Path(folder, "junit.xml")
        options = ("-q", "-p", "conventions.suite", "-n", "auto", "--dist", "worksteal")
        command = [sys.executable, "-m", "pytest", *options, f"--junitxml={report}"]
        done = subprocess.run(
            [*command, *sorted({*tests, *features})],
            cwd=root,
            env=os.environ | {FOLDER: folder},
            capture_output=True,
            text=True,
            check=False,
        )
        called = [json.loads(path.read_text("utf-8")) for path in Path(folder).glob("*.json")]
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        return SuiteResult(
            _outcomes_in(report) if report.exists() else {},
            frozenset(route for routes in called for route in routes),
            lines[-MAX_LINES:] if done.returncode else [],
        )


def _outcomes_in(report: Path) -> dict[str, bool]:
    outcomes: dict[str, bool] = {}
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - as above
        path = case.get("classname", "").replace(".", "/")
        name = f"{path}.py::{case.get('name', '').partition('[')[0]}"
        passed = case.find("failure") is None and case.find("error") is None
        outcomes[name] = outcomes.get(name, True) and passed
    return outcomes


def pytest_configure() -> None:
    """Record the route of each request that the app serves."""
    from app.core.api.routing import matched_route  # noqa: PLC0415 - only in a run of tests
    from app.core.middleware.request_logging import (  # noqa: PLC0415 - as above
        RequestLoggingMiddleware,
    )

    serve = RequestLoggingMiddleware.__call__

    async def record(
        self: RequestLoggingMiddleware, scope: Scope, receive: Receive, send: Send
    ) -> None:
        try:
            await serve(self, scope, receive, send)
        finally:
            if path := getattr(matched_route(scope), "path_format", None):
                _called.add(f"{scope['method']} {path}")

    RequestLoggingMiddleware.__call__ = record  # type: ignore[method-assign] - for this run


def pytest_sessionfinish() -> None:
    """Write the routes that this process called."""
    if folder := os.environ.get(FOLDER):
        Path(folder, f"{os.getpid()}.json").write_text(json.dumps(sorted(_called)), "utf-8")
