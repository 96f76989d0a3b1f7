"""Statuses of responses: creations, deletions, and responses without a body."""

import ast
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, get_args

from starlette.responses import Response

from app.core.api import BatchEnvelope
from conventions.annotations import annotations_of, is_subtype
from conventions.endpoint import Endpoint
from conventions.facts.facts import Facts
from conventions.findings import Violation
from conventions.reach import creates, does, reached_edges
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source, last_name

_RESPONSES = {"starlette.responses.Response", "starlette.responses.JSONResponse"}
_FLAGS = ("ok", "success", "succeeded", "is_ok", "successful")
_ERROR = re.compile(r"""["']error["']\s*:""")
_LATER = ("enqueues", "enqueues-mail", "mails", "spawns")
_CHANGES = ("adds", "writes", "commits", "calls-out", "enqueues", "mails", "spawns", "executes")


@rule("misleading-status")
def find_misleading_statuses(service: Service) -> Iterator[Violation]:
    """Find empty 200s, bodies with 204, and creations without 201 or Location."""
    for endpoint in service.routes:
        returned = annotations_of(endpoint.function).get("return", "")
        problem = _problem_of_creation(service, endpoint) or _problem_of_body(endpoint, returned)
        if problem or _sends_204_with_body(service, endpoint, returned):
            yield endpoint.violation(f"`{endpoint.name}` {problem or 'returns a body with 204'}")


def _problem_of_body(endpoint: Endpoint, returned: Any) -> str:  # noqa: ANN401 - any annotation
    status = endpoint.status_code
    if status in {HTTPStatus.OK, HTTPStatus.CREATED} and returned is None:
        return f"returns nothing with {status} instead of 204"
    if status == HTTPStatus.OK and "DELETE" in endpoint.methods and endpoint.response_model:
        return "deletes and returns a body instead of 204"
    return ""


def _problem_of_creation(service: Service, endpoint: Endpoint) -> str:
    status = endpoint.status_code
    if status == HTTPStatus.CREATED:
        if not _gives_location(endpoint):
            return "returns 201 without a Location"
        is_empty = not any(isinstance(part, ast.Await) for part in ast.walk(endpoint.node))
        is_empty = is_empty and not does(service, endpoint, *_CHANGES)
        return "returns 201, but creates nothing" if is_empty else ""
    is_batch = is_subtype(endpoint.response_model, BatchEnvelope)
    is_later = status == HTTPStatus.ACCEPTED and does(service, endpoint, *_LATER)
    if "POST" in endpoint.methods and not is_batch and not is_later and creates(service, endpoint):
        return f"creates with {status} instead of 201"
    return ""


def _gives_location(endpoint: Endpoint) -> bool:
    declared = endpoint.route.responses.get(201, {}).get("headers", {})
    keys = (part.slice for part in ast.walk(endpoint.node) if isinstance(part, ast.Subscript))
    return "Location" in declared and any(ast.unparse(key) == "'Location'" for key in keys)


def _sends_204_with_body(service: Service, endpoint: Endpoint, returned: Any) -> bool:  # noqa: ANN401 - any annotation
    kinds = get_args(returned) or (returned,)
    is_body = not all(one in {None, type(None), ""} or is_subtype(one, Response) for one in kinds)
    if endpoint.status_code == HTTPStatus.NO_CONTENT and is_body:
        return True
    facts, source = service.facts, endpoint.source
    for part in ast.walk(endpoint.node) if is_body else ():
        is_set = isinstance(part, ast.Assign) and last_name(part.targets[0]) == "status_code"
        if is_set and _is_204(facts, source, part.value):
            return True
    return any(
        isinstance(edge.site, ast.Call)
        and not _RESPONSES.isdisjoint(edge.target.names)
        and _is_204_with_content(facts, edge.caller.source, edge.site)
        for edge in reached_edges(service, endpoint)
    )


def _is_204_with_content(facts: Facts, source: Source, call: ast.Call) -> bool:
    behind = facts.resolver.value_behind(source, call.func)  # such as `partial(Response, …)`
    before = behind.keywords if isinstance(behind, ast.Call) else []
    given = dict(zip(("content", "status_code"), call.args, strict=False))
    given |= {one.arg: one.value for one in (*before, *call.keywords) if one.arg}
    return (
        "content" in given
        and _is_204(facts, source, given.get("status_code"))
        and not facts.is_none(source, given["content"])
    )


def _is_204(facts: Facts, source: Source, node: ast.expr | None) -> bool:
    found = facts.resolver.resolve_all(source, node)
    no_content = HTTPStatus.NO_CONTENT
    return any(one.value == no_content or one.name.endswith(no_content.name) for one in found)


@rule("error-with-200")
def find_errors_with_200(service: Service) -> Iterator[Violation]:
    """Find failures that are sent as a success: a flag, an error as content, a special value."""
    found: dict[ast.AST, Violation] = {}
    for endpoint in service.routes:
        for part in ast.walk(endpoint.node):
            if isinstance(part, ast.Return) and any(map(_is_failure, ast.walk(part))):
                found[part] = endpoint.source.violation(part, "a failure is sent with 200")
        returned = _returned_models(endpoint)
        for edge in reached_edges(service, endpoint):
            call, source = edge.site, edge.caller.source
            is_own = source.layer not in {"core", "accounts"} and isinstance(call, ast.Call)
            if isinstance(call, ast.Call) and is_own:
                is_flag = edge.target.name in returned and _says_failure(call)
                if is_flag or (_RESPONSES & {*edge.target.names} and _is_error(source, call)):
                    found.setdefault(call, source.violation(call, "a failure is sent with 200"))
    yield from found.values()


def _returned_models(endpoint: Endpoint) -> set[str]:
    """Return the names of the classes that an endpoint returns as its data."""
    returned = annotations_of(endpoint.function).get("return")
    declared = getattr(endpoint.response_model, "model_fields", {}).get("data")
    kinds = [returned, *get_args(returned), declared.annotation if declared else None]
    kinds += [inner for kind in kinds for inner in get_args(kind)]
    return {f"{one.__module__}.{one.__qualname__}" for one in kinds if isinstance(one, type)}


def _is_failure(node: ast.AST) -> bool:
    """Return whether an expression is a dict such as `{"ok": False}`."""
    pairs = zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ()
    given = {getattr(key, "value", None): getattr(value, "value", None) for key, value in pairs}
    return any(given.get(flag) is False for flag in _FLAGS) and len(given) > 1


def _says_failure(call: ast.Call) -> bool:
    """Return whether a call makes a result that failed."""
    given = {one.arg: getattr(one.value, "value", None) for one in call.keywords}
    return any(given.get(flag) is False for flag in _FLAGS) and len(given) > 1


def _is_error(source: Source, call: ast.Call) -> bool:
    """Return whether a call makes a response with an error as content, and no status."""
    has_status = len(call.args) > 1 or any(
        one.arg in {"status_code", None} for one in call.keywords
    )
    function = source.enclosing_function(call)
    return not has_status and bool(_ERROR.search(ast.unparse(function or call)))


RULES = (find_misleading_statuses, find_errors_with_200)
