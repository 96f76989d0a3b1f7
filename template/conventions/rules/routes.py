"""Endpoints: sessions, bodies, responses, paths and statuses."""

import ast
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from fastapi import UploadFile
from pydantic import BaseModel
from starlette.responses import Response

from app.core.api import BatchEnvelope, Envelope, PageEnvelope
from app.core.db.session import get_session
from conventions.annotations import annotations_of, is_subtype
from conventions.configuration import Configuration
from conventions.endpoint import Endpoint
from conventions.findings import Violation
from conventions.reach import does
from conventions.rule import rule
from conventions.service import Service

ENVELOPES = (Envelope, PageEnvelope, BatchEnvelope)
_OPENS_SESSION = {
    f"sqlalchemy.ext.asyncio.{name}"
    for name in ("AsyncSession", "async_sessionmaker", "create_async_engine")
}
_JSON_RESPONSE = "starlette.responses.JSONResponse"
_VERB = re.compile(
    r"(activate|add|cancel|create|delete|do|download|execute|fetch|find|generate|get|insert|list|"
    r"log-?in|log-?out|make|process|read|register|remove|run|save|search|send|set|submit|update|"
    r"upload|verify)(-|$)"
)
_PLURAL = re.compile(r".*s|(.*-)?(children|data|feedback|media|people|staff)")


@rule("sync-endpoint")
def find_sync_endpoints(service: Service) -> Iterator[Violation]:
    """Find endpoints that are not coroutines."""
    for endpoint in service.routes:
        if isinstance(endpoint.node, ast.FunctionDef):
            yield endpoint.violation(f"{endpoint.name} is `def`, not `async def`")


@rule("session-not-injected")
def find_sessions_made_by_hand(service: Service) -> Iterator[Violation]:
    """Find sessions and engines that an endpoint creates."""
    for endpoint in service.routes:
        for call, names in _calls_in(service, endpoint):
            if endpoint.source.enclosing_function(call) is not endpoint.node:
                continue  # a body that is streamed when the session of the request is closed
            if names & _OPENS_SESSION or service.facts.sessions.opens(endpoint.source, call):
                message = f"{endpoint.name} opens a session of its own"
                yield endpoint.source.violation(call, message)


@rule("unvalidated-body")
def find_unvalidated_bodies(service: Service) -> Iterator[Violation]:
    """Find bodies without a model, with a model that allows unknown fields, or read by hand."""
    for endpoint in service.routes:
        for param in endpoint.dependant.body_params:
            if problem := _problem_of_body(param.field_info.annotation):
                yield endpoint.violation_at(param.name, f"the body `{param.name}` {problem}")
        for call, names in _calls_in(service, endpoint):
            if "starlette.requests.Request.json" in names:
                yield endpoint.source.violation(
                    call, f"{endpoint.name} reads its body without a model"
                )


@rule("answer-outside-envelope")
def find_answers_outside_the_envelope(service: Service) -> Iterator[Violation]:
    """Find JSON responses without an envelope."""
    for endpoint in service.routes:
        model, returned = endpoint.response_model, annotations_of(endpoint.function).get("return")
        if any(_JSON_RESPONSE in names for _, names in _calls_in(service, endpoint)):
            yield endpoint.violation(f"{endpoint.name} returns a JSONResponse")
        elif model is None:
            if not (returned is None or is_subtype(returned, Response)):
                yield endpoint.violation(f"{endpoint.name} has no response_model")
        elif not is_subtype(model, ENVELOPES):
            yield endpoint.violation(f"{endpoint.name} returns {_name(model)}, not an envelope")


@rule("path-is-no-noun")
def find_paths_that_are_no_nouns(service: Service) -> Iterator[Violation]:
    """Find paths with verbs, capitals, underscores, or a singular before an identifier."""
    for endpoint in service.routes:
        parts = endpoint.path.strip("/").split("/")
        for part, following in zip(parts, [*parts[1:], ""], strict=True):
            if problem := _problem_of_segment(service.configuration, part, following):
                yield endpoint.violation(f"{endpoint.path}: {problem}")


@rule("misleading-status")
def find_misleading_statuses(service: Service) -> Iterator[Violation]:
    """Find empty 200s, deletions with a body, and creations without 201 or Location."""
    for endpoint in service.routes:
        if problem := _problem_of_status(service, endpoint):
            yield endpoint.violation(f"{endpoint.name} {problem}")


@rule("get-that-writes")
def find_gets_that_write(service: Service) -> Iterator[Violation]:
    """Find GET endpoints with a writing session."""
    for endpoint in service.routes:
        if "GET" in endpoint.methods and get_session in endpoint.dependencies:
            yield endpoint.violation(f"GET {endpoint.path} uses a writing session")


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


def _problem_of_status(service: Service, endpoint: Endpoint) -> str:
    status, returned = endpoint.status_code, annotations_of(endpoint.function).get("return", "")
    if status in {HTTPStatus.OK, HTTPStatus.CREATED} and returned is None:
        return f"returns nothing with {status} instead of 204"
    if status == HTTPStatus.CREATED and not _gives_location(endpoint):
        return "returns 201 without a Location"
    if status == HTTPStatus.OK and "DELETE" in endpoint.methods and endpoint.response_model:
        return "deletes and returns a body instead of 204"
    is_batch = is_subtype(endpoint.response_model, BatchEnvelope)
    creates = "POST" in endpoint.methods and not is_batch and does(service, endpoint, "adds")
    return "creates with 200 instead of 201" if creates and status == HTTPStatus.OK else ""


def _gives_location(endpoint: Endpoint) -> bool:
    declared = endpoint.route.responses.get(201, {}).get("headers", {})
    keys = (part.slice for part in ast.walk(endpoint.node) if isinstance(part, ast.Subscript))
    return "Location" in declared and any(ast.unparse(key) == "'Location'" for key in keys)


RULES = (
    find_sync_endpoints,
    find_sessions_made_by_hand,
    find_unvalidated_bodies,
    find_answers_outside_the_envelope,
    find_paths_that_are_no_nouns,
    find_misleading_statuses,
    find_gets_that_write,
)
