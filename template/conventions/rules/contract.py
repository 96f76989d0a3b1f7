"""The contract with API clients: breaking changes, versions, lists and query parameters."""

import ast
import re
from collections.abc import Iterator

from app.core.api import Envelope, RequestModel
from conventions.annotations import is_subtype
from conventions.findings import Violation
from conventions.openapi_snapshot import (
    SNAPSHOT,
    line_of,
    read_snapshot,
    request_breaks,
    response_breaks,
)
from conventions.rule import rule
from conventions.service import Service

_REQUESTS = ("starlette.requests.Request", "starlette.requests.HTTPConnection")


@rule("breaking-change")
def find_breaking_changes(service: Service) -> Iterator[Violation]:
    """Find differences from the committed openapi.json that break its clients."""
    if not (service.root / SNAPSHOT).exists():
        return
    committed, current = read_snapshot(service.root), service.openapi
    if committed is None:
        message = "this is not an OpenAPI document; regenerate it with `make openapi`"
        yield Violation(path=SNAPSHOT, line=1, message=message)
        return
    endpoints = {
        (one.route.path_format, method.lower()): one
        for one in service.routes
        for method in one.methods
    }
    for path, methods in committed["paths"].items():
        for method, old in methods.items():
            new = current["paths"].get(path, {}).get(method)
            endpoint = endpoints.get((path, method))
            if new is None or endpoint is None:
                line = line_of(path, service.root)
                yield Violation(
                    path=SNAPSHOT, line=line, message=f"{method.upper()} {path} was removed"
                )
                continue
            broken = {
                *request_breaks(committed, old, current, new),
                *response_breaks(committed, old, current, new),
            }
            yield from (endpoint.violation(f"`{endpoint.name}`: {one}") for one in sorted(broken))


@rule("path-without-version")
def find_paths_without_version(service: Service) -> Iterator[Violation]:
    """Find documented paths without a version, health checks excepted."""
    for endpoint in service.routes:
        is_api = endpoint.route.include_in_schema and not endpoint.path.startswith("/health/")
        if is_api and not re.match(r"/api/v\d+/", endpoint.path):
            yield endpoint.violation(f"{endpoint.path} has no version such as /api/v1")


@rule("unpaginated-list")
def find_unpaginated_lists(service: Service) -> Iterator[Violation]:
    """Find envelopes of a whole list."""
    for endpoint in service.routes:
        model = endpoint.response_model
        if is_subtype(model, Envelope) and is_subtype(model.model_fields["data"].annotation, list):
            yield endpoint.violation(f"`{endpoint.name}` returns a whole list instead of a page")


@rule("undeclared-query")
def find_undeclared_queries(service: Service) -> Iterator[Violation]:
    """Find query parameters outside a model, or read by hand."""
    for endpoint in service.routes:
        for param in endpoint.dependant.query_params:
            if not is_subtype(param.field_info.annotation, RequestModel):
                message = f"the query parameter `{param.name}` is not in a RequestModel"
                yield endpoint.violation_at(param.name, message)
        for part in ast.walk(endpoint.node):
            if isinstance(part, ast.Attribute) and part.attr == "query_params":
                owners = service.facts.resolver.resolve_all(endpoint.source, part.value)
                if any(service.facts.resolver.is_subclass(one, *_REQUESTS) for one in owners):
                    message = f"`{endpoint.name}` reads undeclared query parameters"
                    yield endpoint.source.violation(part, message)


RULES = (
    find_breaking_changes,
    find_paths_without_version,
    find_unpaginated_lists,
    find_undeclared_queries,
)
