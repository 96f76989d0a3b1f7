"""Protection of routes: rate limits, idempotency, authentication, and roles."""

import ast
import re
from collections.abc import Iterator

from fastapi import UploadFile
from fastapi.dependencies.models import Dependant

from app.accounts.dependencies import get_current_user, require_role
from app.accounts.errors import InsufficientRole
from app.core.api import BatchEnvelope
from app.core.db.session import get_session
from app.core.errors import Conflict, Unauthorized
from app.core.guards import Idempotent, NoRateLimit, RateLimit
from conventions.endpoint import Endpoint
from conventions.findings import Violation
from conventions.reach import calls, creates, does, raised_errors, reached_edges
from conventions.rule import rule
from conventions.service import Service

_WRITE_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_CHANGES = _WRITE_METHODS - {"POST"}  # users may create rows that only administrators read
_EXPENSES = {
    "hashes": "hashes a password",
    "mails": "sends mail",
    "enqueues-mail": "sends mail",
    "calls-out": "calls another service",
}
_PAYING = re.compile(
    r"(^|[-_/])(pay|payment|payout|charge|transfer|withdraw|refund|bonus|purchase|donat|top-?up|deposit)"
)
_BODIES = ("starlette.requests.Request.stream", "starlette.requests.Request.body")
_CHECKS = re.compile(
    r"(hmac|secrets|_?operator)\._?compare_digest|.*\.verify(_signature|_key)?|jwt\.decode"
)
_ADMINS_ONLY = re.compile(r"\badmin(istrator)?s only\b|\bonly admin(istrator)?s\b", re.IGNORECASE)
_ROLE_CHECK = f"{require_role.__qualname__}.<locals>"


@rule("unlimited-route")
def find_unlimited_routes(service: Service) -> Iterator[Violation]:
    """Find expensive routes without a rate limit of their own."""
    for endpoint in service.routes:
        limited = any(_sets_limit(part) for part in endpoint.dependencies)
        if not limited and (reason := _expense_of(service, endpoint)):
            yield endpoint.violation(f"`{endpoint.name}` {reason} without a rate limit of its own")


@rule("repeatable-creation")
def find_repeatable_creations(service: Service) -> Iterator[Violation]:
    """Find creations and payments by a user that a retry repeats."""
    for endpoint in service.routes:
        if endpoint.methods != {"POST"} or not requires_user(endpoint):
            continue
        has_key = any(isinstance(part, Idempotent) for part in endpoint.dependencies)
        refuses = any(raised_errors(service, endpoint, Conflict))
        if not has_key and _pays(service, endpoint):
            yield endpoint.violation(f"`{endpoint.name}` pays twice when it is retried")
        elif not has_key and not refuses and creates(service, endpoint):
            yield endpoint.violation(f"`{endpoint.name}` creates a duplicate when it is retried")


def _pays(service: Service, endpoint: Endpoint) -> bool:
    """Return whether an endpoint moves money, or makes another service do so."""
    is_payment = _PAYING.search(endpoint.path) or _PAYING.search(endpoint.name)
    kinds = ("calls-out", "enqueues", "adds", "writes")
    return (
        bool(is_payment) and does(service, endpoint, *kinds) and not _only_reads(service, endpoint)
    )


def _only_reads(service: Service, endpoint: Endpoint) -> bool:
    facts = service.facts
    effects = facts.effects.of(facts.code(endpoint.source, endpoint.node))
    changes = {"enqueues", "adds", "writes"}
    is_change = any(one.kind in changes for one in effects)
    methods = {one.detail for one in effects if one.kind == "calls-out"}
    return not is_change and methods <= {"GET", "HEAD"}


@rule("open-write")
def find_open_writes(service: Service) -> Iterator[Violation]:
    """Find routes that change data without authentication."""
    for endpoint in service.routes:
        writes = endpoint.methods & _WRITE_METHODS and get_session in endpoint.dependencies
        if writes and not _authenticates(service, endpoint):
            yield endpoint.violation(f"`{endpoint.name}` changes data without authentication")


@rule("dropped-role")
def find_dropped_roles(service: Service) -> Iterator[Violation]:
    """Find routes that lack the role that their document, or the route beside them, requires."""
    read_with_role = {
        _resource(endpoint.path)
        for endpoint in service.routes
        if "GET" in endpoint.methods and requires_role(endpoint)
    }
    for endpoint in service.routes:
        if requires_role(endpoint):
            continue
        statuses = endpoint.route.responses
        code = InsufficientRole.code
        text = ast.get_docstring(endpoint.node) or ""
        declares = any(code in str(response) for response in statuses.values())
        declares = declares or bool(_ADMINS_ONLY.search(text))
        is_write = bool(endpoint.methods & _CHANGES) and requires_user(endpoint)
        if declares or (is_write and _resource(endpoint.path) in read_with_role):
            yield endpoint.violation(
                f"`{endpoint.name}` does not require the role that it declares"
            )
    facts = service.facts
    for source, call, names in facts.calls("app/features", "app/integrations"):
        if "app.accounts.dependencies.require_role" not in names:
            continue
        roles = [ast.unparse(one).rpartition(".")[2] for one in call.args]
        if isinstance(source.parent(call), ast.Expr):
            yield source.violation(call, "the check of the role is made, but not run")
        elif "USER" in roles:
            yield source.violation(call, "every user has one of these roles")


def _resource(path: str) -> str:
    return path.rstrip("/")


def _sets_limit(part: object) -> bool:
    return isinstance(part, RateLimit | NoRateLimit) and not part.overridable


def requires_user(endpoint: Endpoint) -> bool:
    """Return whether an endpoint is for users who are logged in."""
    return get_current_user in endpoint.dependencies


def requires_role(endpoint: Endpoint) -> bool:
    """Return whether an endpoint is for users of a role."""
    checks = (getattr(part, "__qualname__", "") for part in endpoint.dependencies)
    return any(name.startswith(_ROLE_CHECK) for name in checks)


def _expense_of(service: Service, endpoint: Endpoint) -> str:
    """Return the reason why a route is expensive; empty if it is not."""
    model = endpoint.response_model
    if isinstance(model, type) and issubclass(model, BatchEnvelope):
        return "processes a batch"
    if calls(service, endpoint, _BODIES[0]) or UploadFile in _bodies(endpoint.dependant):
        return "accepts an upload"
    return next((reason for kind, reason in _EXPENSES.items() if does(service, endpoint, kind)), "")


def _bodies(dependant: Dependant) -> list[object]:
    """Return the annotations of the bodies of an endpoint and its dependencies."""
    own = [param.field_info.annotation for param in dependant.body_params]
    return [*own, *(kind for part in dependant.dependencies for kind in _bodies(part))]


def checks_signature(service: Service, endpoint: Endpoint) -> bool:
    """Return whether an endpoint checks that the request is signed."""
    edges = reached_edges(service, endpoint)
    return any(_CHECKS.fullmatch(name) for edge in edges for name in edge.target.names)


def _authenticates(service: Service, endpoint: Endpoint) -> bool:
    """Return whether a token or a signature identifies the caller, or none needs to."""
    return (
        requires_user(endpoint)
        or bool(getattr(endpoint.function, "anonymous", ""))
        or checks_signature(service, endpoint)
        or any(raised_errors(service, endpoint, Unauthorized))
    )


RULES = (
    find_unlimited_routes,
    find_repeatable_creations,
    find_open_writes,
    find_dropped_roles,
)
