"""Endpoints: sessions, bodies, responses, paths and statuses."""

import ast
import re
from collections.abc import Iterator
from typing import Any

from fastapi import UploadFile
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from app.core.api import BatchEnvelope, Envelope, PageEnvelope
from app.core.db.session import get_session
from conventions.annotations import annotations_of, is_subtype
from conventions.configuration import Configuration
from conventions.endpoint import Endpoint
from conventions.facts.trace import Trace
from conventions.findings import Violation
from conventions.reach import does, effects_of
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source, last_name

ENVELOPES = (Envelope, PageEnvelope, BatchEnvelope)
_OPENS_SESSION = {
    f"sqlalchemy.ext.asyncio.{name}"
    for name in ("AsyncSession", "async_sessionmaker", "create_async_engine")
}
_RAW_BODIES = {f"starlette.requests.Request.{name}" for name in ("json", "form")}
_PARSERS = {f"{name}.loads" for name in ("json", "orjson", "ujson", "simplejson", "rapidjson")}
_VALIDATORS = {"model_validate", "model_validate_strings", "validate_python", "parse_obj"}
_ABOVE_CORE = ("app/accounts", "app/features", "app/integrations")
_JSON_RESPONSE = "starlette.responses.JSONResponse"
_VERB = re.compile(
    r"(log-?(in|out)|(activate|add|cancel|create|delete|do|download|execute|fetch|find|generate|get|insert|list|"
    r"make|process|read|register|remove|run|save|search|send|set|submit|update|"
    r"upload|verify)(?!-(on|off|up|down|in|out|over)s?(-|$)))(-|$)"
)
_NOUNS_TOO = {"list", "process", "register", "run", "search", "set", "update", "upload", "download"}
_PLURAL = re.compile(r".*s|(.*-)?(children|data|feedback|media|people|staff)")


@rule("sync-endpoint")
def find_sync_endpoints(service: Service) -> Iterator[Violation]:
    """Find endpoints that are not coroutines."""
    for endpoint in service.routes:
        if isinstance(endpoint.node, ast.FunctionDef):
            yield endpoint.violation(f"`{endpoint.name}` is `def`, not `async def`")


@rule("session-not-injected")
def find_sessions_made_by_hand(service: Service) -> Iterator[Violation]:
    """Find sessions and engines that an endpoint creates."""
    for endpoint in service.routes:
        for call, names in _calls_in(service, endpoint):
            if endpoint.source.enclosing_function(call) is not endpoint.node:
                continue  # a body that is streamed when the session of the request is closed
            if names & _OPENS_SESSION or service.facts.sessions.opens(endpoint.source, call):
                message = f"`{endpoint.name}` opens a session of its own"
                yield endpoint.source.violation(call, message)


@rule("unvalidated-body")
def find_unvalidated_bodies(service: Service) -> Iterator[Violation]:
    """Find bodies without a model, with a model that allows unknown fields, or read by hand."""
    for endpoint in service.routes:
        for param in endpoint.dependant.body_params:
            if problem := _problem_of_body(param.field_info.annotation):
                yield endpoint.violation_at(param.name, f"the body `{param.name}` {problem}")
    bodies = _Bodies(service.facts.graph)
    for source, call, names in service.facts.calls(*_ABOVE_CORE):
        is_parsed = bool(names & _PARSERS) and any(bodies.origin(source, arg) for arg in call.args)
        is_raw = is_parsed or bool(names & _RAW_BODIES)
        if is_raw and not _is_validated(source.enclosing_function(call)):
            yield source.violation(call, "the body is read without a model")


class _Bodies(Trace):
    """Bodies of requests, as bytes."""

    def starts_at(self, source: Source, node: ast.expr) -> str:
        is_call = isinstance(node, ast.Call)
        names = self.resolver.names(source, node.func) if is_call else frozenset[str]()
        return "body" if "starlette.requests.Request.body" in names else ""


def _is_validated(function: ast.AST | None) -> bool:
    """Return whether a function passes what it reads to a model."""
    calls = (part for part in ast.walk(function or ast.Pass()) if isinstance(part, ast.Call))
    return any(last_name(call) in _VALIDATORS for call in calls)


@rule("answer-outside-envelope")
def find_answers_outside_the_envelope(service: Service) -> Iterator[Violation]:
    """Find JSON responses without an envelope."""
    for endpoint in service.routes:
        model, returned = endpoint.response_model, annotations_of(endpoint.function).get("return")
        if any(_JSON_RESPONSE in names for _, names in _calls_in(service, endpoint)):
            yield endpoint.violation(f"`{endpoint.name}` returns a JSONResponse")
        elif not issubclass(endpoint.response_class, JSONResponse):
            continue  # a page or a text, which has no envelope
        elif model is None:
            if not (returned is None or is_subtype(returned, Response)):
                yield endpoint.violation(f"`{endpoint.name}` has no response_model")
        elif not is_subtype(model, ENVELOPES):
            yield endpoint.violation(f"`{endpoint.name}` returns {_name(model)}, not an envelope")


@rule("path-is-no-noun")
def find_paths_that_are_no_nouns(service: Service) -> Iterator[Violation]:
    """Find paths with verbs, capitals, underscores, or a singular before an identifier."""
    resources = {part for endpoint in service.routes for part in endpoint.path.split("/")}
    for endpoint in service.routes:
        parts = endpoint.path.strip("/").split("/")
        for part, following in zip(parts, [*parts[1:], ""], strict=True):
            first, _, rest = part.partition("-")
            if first in _NOUNS_TOO and rest and rest not in resources:
                continue  # such as `search-terms`, a noun, unlike `search-notes` beside `notes`
            if problem := _problem_of_segment(service.configuration, part, following):
                yield endpoint.violation(f"{endpoint.path}: {problem}")


@rule("get-that-writes")
def find_gets_that_write(service: Service) -> Iterator[Violation]:
    """Find GET endpoints with a writing session."""
    for endpoint in service.routes:
        if "GET" not in endpoint.methods:
            continue
        if get_session in endpoint.dependencies:
            yield endpoint.violation(f"GET {endpoint.path} uses a writing session")
        elif does(service, endpoint, "writes", "adds") or _changes_elsewhere(service, endpoint):
            yield endpoint.violation(f"GET {endpoint.path} changes data")


def _changes_elsewhere(service: Service, endpoint: Endpoint) -> bool:
    """Return whether an endpoint makes another service change data; a POST may be a query."""
    effects = effects_of(service, endpoint)
    return any(e.kind == "calls-out" and e.detail in {"PUT", "PATCH", "DELETE"} for e in effects)


def _calls_in(service: Service, endpoint: Endpoint) -> Iterator[tuple[ast.Call, frozenset[str]]]:
    for node in ast.walk(endpoint.node):
        if isinstance(node, ast.Call):
            yield node, service.facts.names(endpoint.source, node.func)


def _name(kind: Any) -> str:  # noqa: ANN401 - any annotation
    return kind.__name__ if type(kind) is type else str(kind)


def _problem_of_body(annotation: Any) -> str:  # noqa: ANN401 - any annotation
    if not is_subtype(annotation, BaseModel):
        return "" if is_subtype(annotation, UploadFile) else f"is {_name(annotation)}, not a model"
    forbids = annotation.model_config.get("extra") == "forbid"
    return "" if forbids else f"is {annotation.__name__}, which allows unknown fields"


def _problem_of_segment(configuration: Configuration, part: str, following: str) -> str:
    words = part.split("-")
    if part.startswith("{"):
        return ""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", part):
        return f"`{part}` is not kebab-case"
    if _VERB.match(part) or words[0] in configuration.words_for("verbs"):
        return f"`{part}` is a verb; the method expresses the action"
    is_plural = _PLURAL.fullmatch(part) or words[-1] in configuration.words_for("plurals")
    is_singular = following.startswith("{") and not is_plural
    return f"`{part}` is singular; use the plural" if is_singular else ""


RULES = (
    find_sync_endpoints,
    find_sessions_made_by_hand,
    find_unvalidated_bodies,
    find_answers_outside_the_envelope,
    find_paths_that_are_no_nouns,
    find_gets_that_write,
)
