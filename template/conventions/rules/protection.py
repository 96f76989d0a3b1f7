"""Protection of routes: rate limits, idempotency, authentication, and fields of requests."""

import ast
import hmac
import re
from collections.abc import Iterator
from typing import Any

from fastapi import Request, UploadFile
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.dependencies import get_current_user, require_role
from app.core.api import BatchEnvelope
from app.core.db import Base
from app.core.db.session import get_session
from app.core.errors import Conflict, Unauthorized
from app.core.guards import Idempotent, NoRateLimit, RateLimit
from conventions.call_graph import (
    CallSite,
    field_violation,
    models_in_annotation,
    reachable_callees,
    reachable_errors,
    reachable_sites,
    resolve_object,
)
from conventions.endpoint import Endpoint
from conventions.findings import Violation
from conventions.names import constants_in
from conventions.rule import rule
from conventions.service import Service

_WRITE_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_EXPENSIVE_MODULES = {
    "app.accounts.passwords": "hashes a password",
    "app.accounts.emails": "sends mail",
    "app.core.email": "sends mail",
    "app.core.http.client": "calls another service",
}
_USER_ID_FIELDS = frozenset({"account_id", "owner_id", "user_id"})
_SERVER_FIELDS = re.compile(r"id|role|version|balance|(created|updated|verified)_at|is_.*|.*_hash")
_SECRET = re.compile(r"(.*_)?(password|secret|hash|private_key|api_key)")


@rule("unlimited-route")
def find_unlimited_routes(service: Service) -> Iterator[Violation]:
    """Find expensive routes without a rate limit of their own."""
    for endpoint in service.routes:
        limited = any(_sets_limit(part) for part in endpoint.dependencies)
        if not limited and (reason := _expense_of(service, endpoint)):
            yield endpoint.violation(f"{endpoint.name} {reason} without a rate limit of its own")


@rule("repeatable-creation")
def find_repeatable_creations(service: Service) -> Iterator[Violation]:
    """Find creations by a user that a retry repeats."""
    for endpoint in service.routes:
        calls = reachable_callees(service, endpoint)
        creates = AsyncSession.add in calls or AsyncSession.add_all in calls
        is_safe = any(isinstance(part, Idempotent) for part in endpoint.dependencies)
        is_safe = is_safe or bool(reachable_errors(service, endpoint, Conflict))
        if endpoint.methods == {"POST"} and creates and _requires_user(endpoint) and not is_safe:
            yield endpoint.violation(f"{endpoint.name} creates a duplicate when it is retried")


@rule("open-write")
def find_open_writes(service: Service) -> Iterator[Violation]:
    """Find routes that change data without authentication."""
    for endpoint in service.routes:
        writes = endpoint.methods & _WRITE_METHODS and get_session in endpoint.dependencies
        if writes and not _authenticates(service, endpoint):
            yield endpoint.violation(f"{endpoint.name} changes data without authentication")


@rule("user-from-body")
def find_users_from_bodies(service: Service) -> Iterator[Violation]:
    """Find request bodies with the id of a user, in routes that are not for administrators."""
    for endpoint in service.routes:
        for kind in () if _requires_role(endpoint) else _bodies(endpoint):
            for name in sorted(kind.model_fields.keys() & _USER_ID_FIELDS):
                yield field_violation(
                    service, kind, name, f"lets callers of {endpoint.name} act as any user"
                )


@rule("mass-assignment")
def find_mass_assignments(service: Service) -> Iterator[Violation]:
    """Find rows that copy all fields of a request, including ones that clients must not set."""
    steps = {
        step.node: step
        for endpoint in service.routes
        for step in reachable_sites(service, endpoint)
    }
    for step in steps.values():
        if (copied := _copied_model(step)) and (names := _forbidden_fields(copied, step.names)):
            listed = ", ".join(sorted(names))
            yield step.source.violation(step.node, f"the row copies {listed} from the request")


@rule("leaking-answer")
def find_leaking_answers(service: Service) -> Iterator[Violation]:
    """Find responses with a password, a hash or a key."""
    columns = {column.key for mapper in service.mappers for column in mapper.columns}
    for endpoint in service.routes:
        for kind in models_in_annotation(endpoint.response_model):
            for name, field in kind.model_fields.items():
                leaks = _SECRET.fullmatch(name) or (name == "token" and name in columns)
                if leaks and field.annotation is not bool:
                    yield field_violation(service, kind, name, f"is returned by {endpoint.name}")


def _bodies(endpoint: Endpoint) -> Iterator[type[BaseModel]]:
    for param in endpoint.dependant.body_params:
        yield from models_in_annotation(param.field_info.annotation)


def _sets_limit(part: object) -> bool:
    return isinstance(part, RateLimit | NoRateLimit) and not part.overridable


def _requires_user(endpoint: Endpoint) -> bool:
    return get_current_user in endpoint.dependencies


def _requires_role(endpoint: Endpoint) -> bool:
    checks = f"{require_role.__qualname__}.<locals>"
    return any(
        getattr(part, "__qualname__", "").startswith(checks) for part in endpoint.dependencies
    )


def _expense_of(service: Service, endpoint: Endpoint) -> str:
    """Return the reason why a route is expensive; empty if it is not."""
    model, calls = endpoint.response_model, reachable_callees(service, endpoint)
    if isinstance(model, type) and issubclass(model, BatchEnvelope):
        return "processes a batch"
    bodies = [param.field_info.annotation for param in endpoint.dependant.body_params]
    if Request.stream in calls or UploadFile in bodies:
        return "accepts an upload"
    modules = {f"{getattr(target, '__module__', None)}." for target in calls}
    reasons = (
        reason
        for package, reason in _EXPENSIVE_MODULES.items()
        if any(module.startswith(f"{package}.") for module in modules)
    )
    return next(reasons, "")


def _authenticates(service: Service, endpoint: Endpoint) -> bool:
    """Return whether a token or a signature identifies the caller, or none needs to."""
    return (
        _requires_user(endpoint)
        or hmac.compare_digest in reachable_callees(service, endpoint)
        or bool(reachable_errors(service, endpoint, Unauthorized))
        or bool(getattr(endpoint.function, "anonymous", ""))
    )


def _copied_model(step: CallSite) -> ast.expr | None:
    """Return the expression whose fields are all copied to a row, at once or by setattr."""
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


def _forbidden_fields(copied: ast.expr, names: dict[str, Any]) -> set[str]:
    match copied:
        case ast.Call(func=ast.Attribute(value=value, attr="model_dump"), keywords=options):
            kind, limits = (
                resolve_object(value, names),
                {option.arg: option.value for option in options},
            )
            if "include" in limits or not (isinstance(kind, type) and issubclass(kind, BaseModel)):
                return set()
            left_out = constants_in(limits.get("exclude", copied))
            forbidden = {name for name in kind.model_fields if _SERVER_FIELDS.fullmatch(name)}
            return forbidden - left_out | (
                {"any field"} if kind.model_config.get("extra") == "allow" else set()
            )
        case ast.Name() if resolve_object(copied, names) is dict:
            return {"any field"}
    return set()


RULES = (
    find_unlimited_routes,
    find_repeatable_creations,
    find_open_writes,
    find_users_from_bodies,
    find_mass_assignments,
    find_leaking_answers,
)
