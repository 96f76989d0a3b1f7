"""Endpoints: sessions, bodies, responses, paths and statuses."""

import ast
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from fastapi import Request, UploadFile
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from starlette.responses import JSONResponse, Response

from app.core.api import BatchEnvelope, Envelope, PageEnvelope
from app.core.db.session import get_session
from conventions.call_graph import (
    annotations_of,
    is_subtype,
    local_namespace,
    reachable_callees,
    resolve_object,
)
from conventions.endpoint import Endpoint
from conventions.findings import Severity, Violation
from conventions.rule import rule
from conventions.service import Service

ENVELOPES = (Envelope, PageEnvelope, BatchEnvelope)
_OPENS_SESSION = (AsyncSession, async_sessionmaker, create_async_engine)
_VERB = re.compile(
    r"(activate|add|cancel|create|delete|do|download|execute|fetch|find|generate|get|insert|list|"
    r"log-?in|log-?out|make|process|read|register|remove|run|save|search|send|set|submit|update|"
    r"upload|verify)(-|$)"
)
_PLURAL = re.compile(r".*s|(.*-)?(children|data|feedback|media|people|staff)")


@rule("sync-endpoint", convention="API-1", severity=Severity.CRITICAL)
def find_sync_endpoints(service: Service) -> Iterator[Violation]:
    """Find endpoints that are not coroutines.

    Why: FastAPI runs a `def` endpoint in a small thread pool: the session is not thread-safe,
    and a full pool blocks every other request.

    Fix: Write `async def`, and await the calls in it.

    Wrong:
        def list_notes(session: ReadSession) -> Page[Note]: …

    Right:
        async def list_notes(session: ReadSession) -> Page[Note]: …
    """
    for endpoint in service.routes:
        if isinstance(endpoint.node, ast.FunctionDef):
            yield endpoint.violation(f"{endpoint.name} is `def`, not `async def`")


@rule("session-not-injected", convention="API-2", severity=Severity.CRITICAL)
def find_sessions_made_by_hand(service: Service) -> Iterator[Violation]:
    """Find sessions and engines that an endpoint creates.

    Why: A session of its own is a second transaction: it is committed even if the request
    fails, and tests cannot roll it back.

    Fix: Declare `session: Session` (or ReadSession, OwnSession, OwnReadSession) as a parameter.

    Wrong:
        async with AsyncSessionLocal.begin() as session: …

    Right:
        async def create_note(session: Session, new: NoteIn) -> DataResponse[Note]: …
    """
    for endpoint in service.routes:
        for call, target in _calls_in(endpoint):
            maker = target if isinstance(call.func, ast.Name) else _owner_of(call, endpoint)
            if maker in _OPENS_SESSION or isinstance(maker, async_sessionmaker):
                message = f"{endpoint.name} opens a session of its own"
                yield endpoint.source.violation(call, message)


@rule("unvalidated-body", convention="API-3", severity=Severity.CRITICAL)
def find_unvalidated_bodies(service: Service) -> Iterator[Violation]:
    """Find bodies without a model, with a model that allows unknown fields, or read by hand.

    Why: Without a model a misspelt field is ignored, and a value of the wrong type is stored or
    fails with a 500.

    Fix: Declare the body as a subclass of RequestModel, which rejects unknown fields.

    Wrong:
        async def create_note(new: dict[str, Any]) -> …

    Right:
        class NoteIn(RequestModel): …
        async def create_note(new: NoteIn) -> …
    """
    for endpoint in service.routes:
        for param in endpoint.dependant.body_params:
            if problem := _problem_of_body(param.field_info.annotation):
                yield endpoint.violation_at(param.name, f"the body `{param.name}` {problem}")
        for call, target in _calls_in(endpoint):
            if target is Request.json:
                yield endpoint.source.violation(
                    call, f"{endpoint.name} reads its body without a model"
                )


@rule("answer-outside-envelope", convention="API-4", severity=Severity.BEST_PRACTICE)
def find_answers_outside_the_envelope(service: Service) -> Iterator[Violation]:
    """Find JSON responses without an envelope.

    Why: Clients unwrap `data` in one place for all routes, and without a response model any
    column can leak.

    Fix: Declare `response_model=Envelope[…]`, PageEnvelope or BatchEnvelope; return
    DataResponse(…).

    Wrong:
        @router.get("/{note_id}", response_model=NoteOut)

    Right:
        @router.get("/{note_id}", response_model=Envelope[NoteOut])
    """
    for endpoint in service.routes:
        model, returned = endpoint.response_model, annotations_of(endpoint.function).get("return")
        if any(target is JSONResponse for _, target in _calls_in(endpoint)):
            yield endpoint.violation(f"{endpoint.name} returns a JSONResponse")
        elif model is None:
            if not (returned is None or is_subtype(returned, Response)):
                yield endpoint.violation(f"{endpoint.name} has no response_model")
        elif not is_subtype(model, ENVELOPES):
            yield endpoint.violation(f"{endpoint.name} returns {_name(model)}, not an envelope")


@rule("path-is-no-noun", convention="API-6", severity=Severity.BEST_PRACTICE)
def find_paths_that_are_no_nouns(service: Service) -> Iterator[Violation]:
    """Find paths with verbs, capitals, underscores, or a singular before an identifier.

    Why: The method is the verb. A path that repeats it cannot be guessed.

    Fix: Name the resource in plural kebab-case, and let the method express the action.

    Wrong:
        Router(prefix=f"{API_V1}/createNote")

    Right:
        Router(prefix=f"{API_V1}/notes")
    """
    for endpoint in service.routes:
        parts = endpoint.path.strip("/").split("/")
        for part, following in zip(parts, [*parts[1:], ""], strict=True):
            if problem := _problem_of_segment(part, following):
                yield endpoint.violation(f"{endpoint.path}: {problem}")


@rule("misleading-status", convention="API-6", severity=Severity.BEST_PRACTICE)
def find_misleading_statuses(service: Service) -> Iterator[Violation]:
    """Find empty 200s, deletions with a body, and creations without 201 or Location.

    Why: Caches, retries and generated clients rely on the status: an empty 200 fails to parse,
    and after a 201 without Location a client must build the path itself.

    Fix: For a creation use `status_code=201`, with_location(…) and
    `response.headers['Location']`; for a response without a body use `status_code=204`.

    Wrong:
        @router.delete("/{note_id}")

    Right:
        @router.delete("/{note_id}", status_code=204)
    """
    for endpoint in service.routes:
        if problem := _problem_of_status(service, endpoint):
            yield endpoint.violation(f"{endpoint.name} {problem}")


@rule("get-that-writes", convention="API-6", severity=Severity.CRITICAL)
def find_gets_that_write(service: Service) -> Iterator[Violation]:
    """Find GET endpoints with a writing session.

    Why: Browsers, caches and crawlers repeat and prefetch GET requests, and a transaction adds
    two round trips to each read.

    Fix: Use ReadSession or OwnReadSession in a GET; move changes to another method.

    Wrong:
        async def list_notes(session: Session) -> Page[Note]: …

    Right:
        async def list_notes(session: ReadSession) -> Page[Note]: …
    """
    for endpoint in service.routes:
        if "GET" in endpoint.methods and get_session in endpoint.dependencies:
            yield endpoint.violation(f"GET {endpoint.path} uses a writing session")


def _calls_in(endpoint: Endpoint) -> Iterator[tuple[ast.Call, Any]]:
    names = local_namespace(endpoint.function, endpoint.node)
    calls = (part for part in ast.walk(endpoint.node) if isinstance(part, ast.Call))
    return ((call, resolve_object(call.func, names)) for call in calls)


def _owner_of(call: ast.Call, endpoint: Endpoint) -> Any:  # noqa: ANN401 - any object
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return resolve_object(owner, endpoint.function.__globals__)


def _name(kind: Any) -> str:  # noqa: ANN401 - any annotation
    return kind.__name__ if type(kind) is type else str(kind)


def _problem_of_body(annotation: Any) -> str:  # noqa: ANN401 - any annotation
    if not is_subtype(annotation, BaseModel):
        return "" if is_subtype(annotation, UploadFile) else f"is {_name(annotation)}, not a model"
    forbids = annotation.model_config.get("extra") == "forbid"
    return "" if forbids else f"is {annotation.__name__}, which allows unknown fields"


def _problem_of_segment(part: str, following: str) -> str:
    if part.startswith("{"):
        return ""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", part):
        return f"`{part}` is not kebab-case"
    if _VERB.match(part):
        return f"`{part}` is a verb; the method expresses the action"
    is_singular = following.startswith("{") and not _PLURAL.fullmatch(part)
    return f"`{part}` is singular; use the plural" if is_singular else ""


def _problem_of_status(service: Service, endpoint: Endpoint) -> str:
    status, returned = endpoint.status_code, annotations_of(endpoint.function).get("return", "")
    if status in {HTTPStatus.OK, HTTPStatus.CREATED} and returned is None:
        return f"returns nothing with {status} instead of 204"
    if status == HTTPStatus.CREATED and not _gives_location(endpoint):
        return "returns 201 without a Location"
    if status == HTTPStatus.OK and "DELETE" in endpoint.methods and endpoint.response_model:
        return "deletes and returns a body instead of 204"
    creates = "POST" in endpoint.methods and AsyncSession.add in reachable_callees(
        service, endpoint
    )
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
