"""Logs: no secrets, no personal data and no requests in them."""

import ast
from collections.abc import Iterator

from app.core.logging import is_secret_name
from conventions.facts.facts import Facts
from conventions.facts.flows import People, Requests, Secrets
from conventions.facts.trace import Trace
from conventions.findings import Violation
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source

_BINDS = ("structlog.contextvars.bind_contextvars", "structlog.contextvars.bound_contextvars")
_STREAMS = {"sys.stdout.write", "sys.stderr.write", "builtins.print"}
_Shown = Iterator[tuple[ast.Call, list[ast.expr], str]]


@rule("secret-in-log")
def find_secrets_in_logs(service: Service) -> Iterator[Violation]:
    """Find secrets that are logged under a harmless name, or in the message of an exception."""
    secrets = Secrets(service.facts.graph)
    for source in service.facts.files():
        for call, values, where in _shown(service.facts, source, with_errors=True):
            yield from _found(secrets, source, call, values, where)


@rule("request-in-log")
def find_requests_in_logs(service: Service) -> Iterator[Violation]:
    """Find headers, cookies, bodies and queries of requests in logs."""
    requests = Requests(service.facts.graph)
    for source in service.facts.files("app/features", "app/accounts", "app/integrations"):
        for call, values, where in _shown(service.facts, source, with_errors=False):
            yield from _found(requests, source, call, values, where)


@rule("personal-data-in-log")
def find_personal_data_in_logs(service: Service) -> Iterator[Violation]:
    """Find e-mail addresses, phone numbers, names and other personal data in logs."""
    people = People(service.facts.graph)
    for source in service.facts.files("app/features", "app/accounts", "app/integrations"):
        for call, values, where in _shown(service.facts, source, with_errors=False):
            yield from _found(people, source, call, values, where)


def _found(
    trace: Trace, source: Source, call: ast.Call, values: list[ast.expr], where: str
) -> Iterator[Violation]:
    origin = next(filter(None, (trace.origin(source, value) for value in values)), "")
    if origin:
        yield source.violation(call, f"writes `{origin}` to {where}")


def _shown(facts: Facts, source: Source, *, with_errors: bool) -> _Shown:
    """Yield each call that writes to a log, with the values that are not redacted by name."""
    raised = {id(node.exc) for node in source.nodes(ast.Raise)}
    for call in source.calls():
        names = facts.names(source, call.func)
        if facts.effects.is_logging(names) or _is_bound(names):
            yield call, _visible(call), "the log"
        elif names & _STREAMS and source.path.startswith("app/features"):
            yield call, list(call.args), "the output"
        elif with_errors and id(call) in raised:
            yield call, _visible(call), "an exception"


def _is_bound(names: frozenset[str]) -> bool:
    is_logger = any(one.startswith("structlog.") and one.endswith(".bind") for one in names)
    return is_logger or any(one.startswith(_BINDS) for one in names)


def _visible(call: ast.Call) -> list[ast.expr]:
    keywords = [one.value for one in call.keywords if not is_secret_name(one.arg or "")]
    return [part for value in [*call.args, *keywords] for part in _unredacted(value)]


def _unredacted(node: ast.expr) -> list[ast.expr]:
    """Return the values of a dict whose names do not redact them; any other value as it is."""
    if not isinstance(node, ast.Dict):
        return [node]
    pairs = zip(node.keys, node.values, strict=True)
    return [value for key, value in pairs if key is None or not is_secret_name(ast.unparse(key))]


RULES = (find_secrets_in_logs, find_requests_in_logs, find_personal_data_in_logs)
