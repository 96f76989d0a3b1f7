"""Endpoints: what they take, what they answer, and under which path."""

import ast
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from fastapi import Request, UploadFile
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from starlette.responses import JSONResponse, Response

from app.core.api import BatchEnvelope, Envelope, PageEnvelope, RequestModel
from app.core.db.session import get_session
from conventions.endpoint import Endpoint
from conventions.reach import annotations_of, calls_of, names_in, resolve
from conventions.rule import Found, Severity, rule
from conventions.service import Service
from conventions.source import parameters_of

ENVELOPES = (Envelope, PageEnvelope, BatchEnvelope)
_OPENS_SESSION = (AsyncSession, async_sessionmaker, create_async_engine)
_VERB = re.compile(
    r"(activate|add|cancel|create|delete|do|download|execute|fetch|find|generate|get|insert|list|"
    r"log-?in|log-?out|make|process|read|register|remove|run|save|search|send|set|submit|update|"
    r"upload|verify)(-|$)"
)
_PLURAL = re.compile(r".*s|(.*-)?(children|data|feedback|media|people|staff)")


@rule(
    "sync-endpoint",
    keeps="API-1",
    severity=Severity.CRITICAL,
    why="FastAPI runs a `def` endpoint in a thread of a small pool. The session is not safe there, "
    "and once all threads wait, the whole service does.",
    fix="Write `async def`, and await what it calls.",
    wrong="def list_notes(session: ReadSession) -> Page[Note]: …",
    right="async def list_notes(session: ReadSession) -> Page[Note]: …",
)
def find_sync_endpoints(service: Service) -> Iterator[Found]:
    """Find endpoints that are no coroutines."""
    for endpoint in service.routes:
        if isinstance(endpoint.node, ast.FunctionDef):
            yield endpoint.found(f"{endpoint.name} is `def`, not `async def`")


@rule(
    "session-not-injected",
    keeps="API-2",
    severity=Severity.CRITICAL,
    why="A session that an endpoint opens itself is a second transaction: it commits although the "
    "request fails, and a test cannot roll it back.",
    fix="Declare `session: Session` (or ReadSession, OwnSession, OwnReadSession) as a parameter.",
    wrong="async with AsyncSessionLocal.begin() as session: …",
    right="async def create_note(session: Session, new: NoteIn) -> Answer[Note]: …",
)
def find_sessions_made_by_hand(service: Service) -> Iterator[Found]:
    """Find sessions and engines that an endpoint makes."""
    for endpoint in service.routes:
        for call, target in _calls_in(endpoint):
            maker = target if isinstance(call.func, ast.Name) else _owner_of(call, endpoint)
            if maker in _OPENS_SESSION or isinstance(maker, async_sessionmaker):
                message = f"{endpoint.name} opens a session of its own; take the request's"
                yield endpoint.source.found(call, message)


@rule(
    "unvalidated-body",
    keeps="API-3",
    severity=Severity.CRITICAL,
    why="What nobody declared nobody checks: a misspelt field is ignored in silence, and a value "
    "of the wrong type fails as a 500 deep inside, or is stored.",
    fix="Declare the body as a model that inherits from Input, which refuses unknown fields.",
    wrong="async def create_note(new: dict[str, Any]) -> …",
    right="class NoteIn(Input): …\nasync def create_note(new: NoteIn) -> …",
)
def find_unvalidated_bodies(service: Service) -> Iterator[Found]:
    """Find bodies without a model, with an open model, or read by hand."""
    for endpoint in service.routes:
        for param in endpoint.dependant.body_params:
            if problem := _problem_of_body(param.field_info.annotation):
                yield _at_argument(endpoint, param.name, f"the body `{param.name}` {problem}")
        for call, target in _calls_in(endpoint):
            if target is Request.json:
                yield endpoint.source.found(call, f"{endpoint.name} reads its body by hand")


@rule(
    "answer-outside-envelope",
    keeps="API-4",
    severity=Severity.BEST_PRACTICE,
    why="Clients unwrap `data` once, for every route. An answer of another shape breaks them, and "
    "without a response model nothing keeps a column from leaking out.",
    fix="Declare `response_model=Envelope[…]`, PageEnvelope or BatchEnvelope; return Answer(…).",
    wrong='@router.get("/{note_id}", response_model=NoteOut)',
    right='@router.get("/{note_id}", response_model=Envelope[NoteOut])',
)
def find_answers_outside_the_envelope(service: Service) -> Iterator[Found]:
    """Find JSON answers that no envelope describes."""
    for endpoint in service.routes:
        model, returned = endpoint.response_model, annotations_of(endpoint.function).get("return")
        if any(target is JSONResponse for _, target in _calls_in(endpoint)):
            yield endpoint.found(f"{endpoint.name} writes its own JSONResponse")
        elif model is None:
            if not (returned is None or _is(returned, Response)):
                yield endpoint.found(f"{endpoint.name} declares no response_model")
        elif not _is(model, ENVELOPES):
            yield endpoint.found(f"{endpoint.name} answers with {_name(model)}, not an envelope")


@rule(
    "path-is-no-noun",
    keeps="API-6",
    severity=Severity.BEST_PRACTICE,
    why="The method is the verb. Paths that repeat it cannot be guessed, and each new one is an "
    "exception that every client has to look up.",
    fix="Name the resource, plural and in kebab-case, and let the method say what is done.",
    wrong='Router(prefix=f"{API_V1}/createNote")',
    right='Router(prefix=f"{API_V1}/notes")',
)
def find_paths_that_are_no_nouns(service: Service) -> Iterator[Found]:
    """Find paths with verbs, capitals, underscores, or a singular before an identifier."""
    for endpoint in service.routes:
        parts = endpoint.path.strip("/").split("/")
        for part, following in zip(parts, [*parts[1:], ""], strict=True):
            if problem := _problem_of_segment(part, following):
                yield endpoint.found(f"{endpoint.path}: {problem}")


@rule(
    "misleading-status",
    keeps="API-6",
    severity=Severity.BEST_PRACTICE,
    why="Caches, retries and generated clients act on the status: an empty 200 fails to parse, and "
    "a 201 without Location makes the client build the new path by itself.",
    fix="Creation is `status_code=201` with with_location(…) and `response.headers['Location']`; "
    "what answers nothing is `status_code=204`.",
    wrong='@router.delete("/{note_id}")',
    right='@router.delete("/{note_id}", status_code=204)',
)
def find_misleading_statuses(service: Service) -> Iterator[Found]:
    """Find empty 200s, deletions with a body, and creations without 201 or Location."""
    for endpoint in service.routes:
        if problem := _problem_of_status(service, endpoint):
            yield endpoint.found(f"{endpoint.name} {problem}")


@rule(
    "get-that-writes",
    keeps="API-6",
    severity=Severity.CRITICAL,
    why="Browsers, caches and crawlers repeat and prefetch a GET at will, so what it changes is "
    "changed by nobody's wish; and a transaction costs each read two round trips.",
    fix="Take ReadSession or OwnReadSession in a GET; move what changes data to another method.",
    wrong="async def list_notes(session: Session) -> Page[Note]: …",
    right="async def list_notes(session: ReadSession) -> Page[Note]: …",
)
def find_gets_that_write(service: Service) -> Iterator[Found]:
    """Find GET endpoints that open the writing session."""
    for endpoint in service.routes:
        if "GET" in endpoint.methods and get_session in endpoint.dependencies:
            yield endpoint.found(f"GET {endpoint.path} opens the session that writes")


@rule(
    "path-without-version",
    keeps="API-7",
    severity=Severity.BEST_PRACTICE,
    why="Without a version in its path, the first incompatible change breaks every client at once.",
    fix='Begin the prefix with API_V1: `Router(prefix=f"{API_V1}/notes")`.',
    wrong='Router(prefix="/notes")',
    right='Router(prefix=f"{API_V1}/notes")',
)
def find_paths_without_version(service: Service) -> Iterator[Found]:
    """Find documented paths that are neither versioned nor health checks."""
    for endpoint in service.routes:
        is_api = endpoint.route.include_in_schema and not endpoint.path.startswith("/health/")
        if is_api and not re.match(r"/api/v\d+/", endpoint.path):
            yield endpoint.found(f"{endpoint.path} is not below a version such as /api/v1")


@rule(
    "unpaginated-list",
    keeps="API-8",
    severity=Severity.PERFORMANCE,
    why="The list grows with the table: one day an answer holds a million rows, and the process is "
    "out of memory.",
    fix="Take a ListQuery, return `await paginate(…)`, and declare PageEnvelope[…].",
    wrong="response_model=Envelope[list[NoteOut]]",
    right="response_model=PageEnvelope[NoteOut]",
)
def find_unpaginated_lists(service: Service) -> Iterator[Found]:
    """Find envelopes of a whole list."""
    for endpoint in service.routes:
        model = endpoint.response_model
        if _is(model, Envelope) and _is(model.model_fields["data"].annotation, list):
            yield endpoint.found(f"{endpoint.name} answers with a whole list, not with a page")


@rule(
    "undeclared-query",
    keeps="API-8",
    severity=Severity.BEST_PRACTICE,
    why="A parameter outside a query model is not refused when it is misspelt: `?curency=EUR` "
    "silently answers with everything.",
    fix="Collect the parameters in an Input, for a list in a ListQuery.",
    wrong='request.query_params.get("title")',
    right="query: Annotated[NoteQuery, Query()]",
)
def find_undeclared_queries(service: Service) -> Iterator[Found]:
    """Find query parameters that are loose, or read by hand."""
    for endpoint in service.routes:
        for param in endpoint.dependant.query_params:
            if not _is(param.field_info.annotation, RequestModel):
                message = f"the query parameter `{param.name}` belongs into an Input"
                yield _at_argument(endpoint, param.name, message)
        names = names_in(endpoint.function, endpoint.node)
        for part in ast.walk(endpoint.node):
            if isinstance(part, ast.Attribute) and resolve(part, names) is Request.query_params:
                message = f"{endpoint.name} reads query parameters that it does not declare"
                yield endpoint.source.found(part, message)


RULES = (
    find_sync_endpoints,
    find_sessions_made_by_hand,
    find_unvalidated_bodies,
    find_answers_outside_the_envelope,
    find_paths_that_are_no_nouns,
    find_misleading_statuses,
    find_gets_that_write,
    find_paths_without_version,
    find_unpaginated_lists,
    find_undeclared_queries,
)


def _calls_in(endpoint: Endpoint) -> Iterator[tuple[ast.Call, Any]]:
    names = names_in(endpoint.function, endpoint.node)
    calls = (part for part in ast.walk(endpoint.node) if isinstance(part, ast.Call))
    return ((call, resolve(call.func, names)) for call in calls)


def _owner_of(call: ast.Call, endpoint: Endpoint) -> Any:  # noqa: ANN401 - whatever has the method
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return resolve(owner, endpoint.function.__globals__)


def _at_argument(endpoint: Endpoint, name: str, message: str) -> Found:
    node = next(one for one in parameters_of(endpoint.node) if one.arg == name)
    return endpoint.source.found(node, message)


def _is(kind: Any, wanted: type | tuple[type, ...]) -> bool:  # noqa: ANN401 - any annotation
    kind = getattr(kind, "__origin__", kind)
    return isinstance(kind, type) and issubclass(kind, wanted)


def _name(kind: Any) -> str:  # noqa: ANN401 - any annotation
    return kind.__name__ if type(kind) is type else str(kind)


def _problem_of_body(annotation: Any) -> str:  # noqa: ANN401 - any annotation
    if not _is(annotation, BaseModel):
        return "" if _is(annotation, UploadFile) else f"is {_name(annotation)}, not a model"
    forbids = annotation.model_config.get("extra") == "forbid"
    return "" if forbids else f"is {annotation.__name__}, which lets unknown fields pass"


def _problem_of_segment(part: str, following: str) -> str:
    if part.startswith("{"):
        return ""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", part):
        return f"write `{part}` in kebab-case"
    if _VERB.match(part):
        return f"`{part}` is a verb; the method says what is done"
    is_singular = following.startswith("{") and not _PLURAL.fullmatch(part)
    return f"`{part}` holds many; write the plural" if is_singular else ""


def _problem_of_status(service: Service, endpoint: Endpoint) -> str:
    status, returned = endpoint.status_code, annotations_of(endpoint.function).get("return", "")
    if status in {HTTPStatus.OK, HTTPStatus.CREATED} and returned is None:
        return f"answers nothing with {status}; say 204"
    if status == HTTPStatus.CREATED and not _gives_location(endpoint):
        return "answers 201 without the Location of what it created"
    if status == HTTPStatus.OK and "DELETE" in endpoint.methods and endpoint.response_model:
        return "deletes and answers with a body; say 204"
    creates = "POST" in endpoint.methods and AsyncSession.add in calls_of(service, endpoint)
    return "creates and answers 200; say 201" if creates and status == HTTPStatus.OK else ""


def _gives_location(endpoint: Endpoint) -> bool:
    declared = endpoint.route.responses.get(201, {}).get("headers", {})
    keys = (part.slice for part in ast.walk(endpoint.node) if isinstance(part, ast.Subscript))
    return "Location" in declared and any(ast.unparse(key) == "'Location'" for key in keys)
