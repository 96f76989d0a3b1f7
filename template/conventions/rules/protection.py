"""Who may ask, how often, and for what: limits, retries, sign-in, and fields not theirs to set."""

import ast
import hmac
import re
from collections.abc import Iterator
from typing import Any

from fastapi import Request, UploadFile
from pydantic import BaseModel, SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.dependencies import get_current_user, require_role
from app.core.api import BatchEnvelope
from app.core.db import Base
from app.core.db.session import get_session
from app.core.errors import Conflict, Forbidden, Unauthorized
from app.core.guards import Idempotent, NoRateLimit, RateLimit
from conventions.endpoint import Endpoint
from conventions.reach import (
    Step,
    at_field,
    calls_of,
    models_in,
    raises_of,
    resolve,
    steps_of,
)
from conventions.rule import Found, Severity, rule
from conventions.service import Service

_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_COSTLY = {
    "app.accounts.passwords": "works on a password",
    "app.accounts.emails": "sends mail",
    "app.accounts.post": "sends mail",
    "app.core.http.client": "calls another service",
    "app.core.email.backends": "sends mail",
    "app.core.mail_orders": "sends mail",
}
_OF_SOMEBODY = frozenset({"account_id", "owner_id", "user_id"})
_NOT_GIVEN = re.compile(r"id|role|version|balance|(created|updated|verified)_at|is_.*|.*_hash")
_SECRET = re.compile(r"(.*_)?(password|secret|hash|private_key|api_key)")


@rule(
    "unlimited-route",
    keeps="SEC-1",
    severity=Severity.BEST_PRACTICE,
    why="A script that calls it in a loop guesses passwords, sends mail in your name, or keeps the "
    "service busy for everybody else.",
    fix='Give the route a limit of its own: `dependencies=[Depends(RateLimit("30/minute"))]`.',
    wrong='@router.post("", response_model=BatchEnvelope[NoteOut])',
    right='@router.post("", response_model=…, dependencies=[Depends(RateLimit("30/minute"))])',
)
def find_unlimited_routes(service: Service) -> Iterator[Found]:
    """Find costly routes on which nobody decided how often they may be called."""
    for endpoint in service.routes:
        decided = any(_decides_limit(part) for part in endpoint.dependencies)
        if not decided and (reason := _cost_of(service, endpoint)):
            yield endpoint.found(f"{endpoint.name} {reason}, and has no rate limit of its own")


@rule(
    "repeatable-creation",
    keeps="SEC-2",
    severity=Severity.BEST_PRACTICE,
    why="A phone that loses the answer sends the request again, and the user has the thing twice.",
    fix="Add `Depends(Idempotent())` to the route, or refuse a duplicate with a Conflict.",
    wrong='@router.post("", status_code=201)',
    right='@router.post("", status_code=201, dependencies=[Depends(Idempotent())])',
)
def find_repeatable_creations(service: Service) -> Iterator[Found]:
    """Find creations by a user that a retry does once more."""
    for endpoint in service.routes:
        calls = calls_of(service, endpoint)
        creates = AsyncSession.add in calls or AsyncSession.add_all in calls
        is_safe = any(isinstance(part, Idempotent) for part in endpoint.dependencies)
        is_safe = is_safe or bool(raises_of(service, endpoint, Conflict))
        if endpoint.methods == {"POST"} and creates and _knows_user(endpoint) and not is_safe:
            yield endpoint.found(f"{endpoint.name} creates again when it is sent again")


@rule(
    "open-write",
    keeps="SEC-3",
    severity=Severity.CRITICAL,
    why="Whoever finds the address can change the data.",
    fix="Take `user: CurrentUser`, Admin or an OwnSession; check the signature of a webhook.",
    wrong="async def create_note(session: Session, new: NoteIn) -> …",
    right="async def create_note(session: OwnSession, new: NoteIn) -> …",
)
def find_open_writes(service: Service) -> Iterator[Found]:
    """Find routes that change data and ask nobody who they are."""
    for endpoint in service.routes:
        writes = endpoint.methods & _CHANGING and get_session in endpoint.dependencies
        if writes and not _asks_who(service, endpoint):
            yield endpoint.found(f"{endpoint.name} lets everybody change data")


@rule(
    "user-from-body",
    keeps="SEC-3",
    severity=Severity.CRITICAL,
    why="Who asks is known by the token. A field that says it lets one user act as another.",
    fix="Drop the field; take `user: CurrentUser`, or an OwnSession, which sets the owner.",
    wrong="class NoteIn(Input):\n    user_id: UUID",
    right="async def create_note(session: OwnSession, new: NoteIn) -> …",
)
def find_users_from_bodies(service: Service) -> Iterator[Found]:
    """Find bodies that name their user, in routes that are not for administrators."""
    for endpoint in service.routes:
        for kind in () if _is_for_some_roles(endpoint) else _bodies(endpoint):
            for name in sorted(kind.model_fields.keys() & _OF_SOMEBODY):
                yield at_field(service, kind, name, f"lets {endpoint.name} act for any user")


@rule(
    "mass-assignment",
    keeps="SEC-3",
    severity=Severity.CRITICAL,
    why="Every field that a client sends lands in the row: one day it sends `role`, and is an "
    "administrator.",
    fix="Let the Input list just what a client may set; set the rest by name in the service.",
    wrong="User(**new.model_dump())  # SignUp has `role`",
    right="User(email=new.email, role=Role.USER)",
)
def find_mass_assignments(service: Service) -> Iterator[Found]:
    """Find rows that take over an input with fields that are not for the client to set."""
    steps = {step.node: step for endpoint in service.routes for step in steps_of(service, endpoint)}
    for step in steps.values():
        if (given := _taken_over(step)) and (names := _not_to_be_set(given, step.names)):
            listed = ", ".join(sorted(names))
            yield step.source.found(step.node, f"the row takes {listed} as the client sends it")


@rule(
    "leaking-answer",
    keeps="SEC-5",
    severity=Severity.CRITICAL,
    why="A hash that leaves the service can be cracked at leisure, a key can be used at once, and "
    "both stay in the caches and logs of others.",
    fix="Drop the field from the Output; answer whether it is set, if somebody has to know.",
    wrong="class UserOut(Output):\n    password_hash: str",
    right="class UserOut(Output):\n    has_password: bool",
)
def find_leaking_answers(service: Service) -> Iterator[Found]:
    """Find answers with a password, a hash or a key."""
    columns = {column.key for mapper in service.mappers for column in mapper.columns}
    for endpoint in service.routes:
        for kind in models_in(endpoint.response_model):
            for name, field in kind.model_fields.items():
                leaks = _SECRET.fullmatch(name) or (name == "token" and name in columns)
                if leaks and field.annotation is not bool:
                    yield at_field(service, kind, name, f"leaves the service by {endpoint.name}")


@rule(
    "open-cors",
    keeps="SEC-6",
    severity=Severity.CRITICAL,
    why="With `*`, every page that a user visits may call the API from their browser, in their "
    "network.",
    fix="Name the origins in CORS_ORIGINS; app.core.middleware.request_guards lets just those in.",
    wrong='app.add_middleware(CORSMiddleware, allow_origins=["*"])',
    right="CORS_ORIGINS=https://app.example.com",
)
def find_open_cors(service: Service) -> Iterator[Found]:
    """Find CORS that any origin passes."""
    for source, call in service.sources.under("app").nodes(ast.Call):
        named = {str(source.name_of(node)).rpartition(".")[2] for node in (call.func, *call.args)}
        for option in call.keywords if "CORSMiddleware" in named else ():
            values = _constants(option.value)
            if str(option.arg).startswith("allow_origin") and values & {"*", ".*"}:
                yield source.found(option, "any page may call the API from a browser")


@rule(
    "slow-middleware",
    keeps="TIM-2",
    severity=Severity.PERFORMANCE,
    why="BaseHTTPMiddleware runs each request in another task: it costs every request time, hides "
    "context variables, and holds back streams.",
    fix="Write a class with `async def __call__(self, scope, receive, send)`, like "
    "RequestLoggingMiddleware.",
    wrong="class Stamp(BaseHTTPMiddleware): …",
    right="class Stamp:\n    async def __call__(self, scope, receive, send): …",
)
def find_slow_middleware(service: Service) -> Iterator[Found]:
    """Find middleware that is not plain ASGI."""
    for source, node in service.sources.under("app").nodes(ast.ClassDef):
        if "starlette.middleware.base.BaseHTTPMiddleware" in map(source.name_of, node.bases):
            yield source.found(node, f"{node.name} is a BaseHTTPMiddleware, not plain ASGI")


RULES = (
    find_unlimited_routes,
    find_repeatable_creations,
    find_open_writes,
    find_users_from_bodies,
    find_mass_assignments,
    find_leaking_answers,
    find_open_cors,
    find_slow_middleware,
)


def _bodies(endpoint: Endpoint) -> Iterator[type[BaseModel]]:
    for param in endpoint.dependant.body_params:
        yield from models_in(param.field_info.annotation)


def _decides_limit(part: object) -> bool:
    return isinstance(part, RateLimit | NoRateLimit) and not part.overridable


def _knows_user(endpoint: Endpoint) -> bool:
    return get_current_user in endpoint.dependencies


def _is_for_some_roles(endpoint: Endpoint) -> bool:
    checks = f"{require_role.__qualname__}.<locals>"
    return any(
        getattr(part, "__qualname__", "").startswith(checks) for part in endpoint.dependencies
    )


def _cost_of(service: Service, endpoint: Endpoint) -> str:
    """Return what makes a route worth abusing; empty where nothing does."""
    model, calls = endpoint.response_model, calls_of(service, endpoint)
    if isinstance(model, type) and issubclass(model, BatchEnvelope):
        return "works on a batch"
    bodies = [param.field_info.annotation for param in endpoint.dependant.body_params]
    if Request.stream in calls or UploadFile in bodies:
        return "takes an upload"
    modules = {getattr(target, "__module__", None) for target in calls}
    return next((reason for module, reason in _COSTLY.items() if module in modules), "")


def _asks_who(service: Service, endpoint: Endpoint) -> bool:
    """Return whether a token, a signature, or a secret in the body says who it is."""
    refusals = (Unauthorized, Forbidden)
    return (
        _knows_user(endpoint)
        or hmac.compare_digest in calls_of(service, endpoint)
        or any(raises_of(service, endpoint, refusal) for refusal in refusals)
        or any(_holds_secret(kind) for kind in _bodies(endpoint))
    )


def _holds_secret(kind: type[BaseModel]) -> bool:
    return any(field.annotation is SecretStr for field in kind.model_fields.values())


def _taken_over(step: Step) -> ast.expr | None:
    """Return what a row takes over as a whole, at once or attribute by attribute."""
    if not isinstance(step.node, ast.Call):
        return None
    called = ast.unparse(step.node.func)
    if called == "setattr":
        loops = [part.iter for part in step.source.parents(step.node) if isinstance(part, ast.For)]
        items = [loop.func for loop in loops if isinstance(loop, ast.Call)]
        pairs = (of for of in items if isinstance(of, ast.Attribute) and of.attr == "items")
        return next((of.value for of in pairs), None)
    is_row = isinstance(step.target, type) and issubclass(step.target, Base)
    unpacked = (option.value for option in step.node.keywords if option.arg is None)
    return next(unpacked, None) if is_row or called.endswith(").values") else None


def _not_to_be_set(given: ast.expr, names: dict[str, Any]) -> set[str]:
    match given:
        case ast.Call(func=ast.Attribute(value=value, attr="model_dump"), keywords=options):
            kind, limits = resolve(value, names), {option.arg: option.value for option in options}
            if "include" in limits or not (isinstance(kind, type) and issubclass(kind, BaseModel)):
                return set()
            left_out = _constants(limits.get("exclude", given))
            taken = {name for name in kind.model_fields if _NOT_GIVEN.fullmatch(name)}
            return taken - left_out | (
                {"any field"} if kind.model_config.get("extra") == "allow" else set()
            )
        case ast.Name() if resolve(given, names) is dict:
            return {"any field"}
    return set()


def _constants(node: ast.AST) -> set[object]:
    return {part.value for part in ast.walk(node) if isinstance(part, ast.Constant)}
