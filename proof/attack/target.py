"""The attacked service, the clients that attack it, and the reports of what they found."""

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2

from proof.service import RunningService

API = "/api/v1"
SECONDS = 30.0
"""The longest that a response may take."""
_EXPECTED_OUTAGES = {502, 503, 504}
_ADDRESSES = itertools.count(1)

Json = dict[str, Any]


@dataclass
class Report:
    """The outcome of one attack.

    Attributes:
        name: The attack.
        attempts: The number of checks.
        breaches: The checks that failed: each is a hole.
    """

    name: str
    attempts: int = 0
    breaches: list[str] = field(default_factory=list)

    def check(self, held: bool, breach: str) -> None:  # noqa: FBT001 - a condition, as in `assert`
        """Count an attempt, and record it as a breach unless the service held."""
        self.attempts += 1
        if not held:
            self.breaches.append(breach)


@dataclass(frozen=True)
class Operation:
    """An operation of the OpenAPI document.

    Attributes:
        id: Its `operationId`.
        method: The HTTP method in upper case.
        path: The path with its parameters in braces.
        needs_user: Whether the document asks for a session.
        schema: The schema of the JSON body; none if it takes no JSON.
    """

    id: str
    method: str
    path: str
    needs_user: bool
    schema: Json | None

    def url(self, values: Mapping[str, str], *, other: str) -> str:
        """Return the path with values for its parameters.

        Args:
            values: The values by the name of the parameter.
            other: The value of every other parameter.
        """
        return re.sub(r"\{(\w+)\}", lambda name: values.get(name[1], other), self.path)

    @property
    def parameters(self) -> list[str]:
        """The names of its path parameters."""
        return re.findall(r"\{(\w+)\}", self.path)


@dataclass(frozen=True)
class Target:
    """A running service.

    Attributes:
        address: Its URL without a slash at the end.
        service: Its parts.
        secrets: The secrets that sign the webhooks of the vendors, by name.
        document: Its OpenAPI document.
        client: The connections of all callers, open during the attacks.
    """

    address: str
    service: RunningService
    secrets: Mapping[str, str]
    document: Json
    client: httpx2.AsyncClient

    def operations(self) -> Iterator[Operation]:
        """Yield every operation of the service."""
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                body = operation.get("requestBody", {}).get("content", {})
                yield Operation(
                    id=operation["operationId"],
                    method=method.upper(),
                    path=path,
                    needs_user=bool(operation.get("security")),
                    schema=body.get("application/json", {}).get("schema"),
                )

    def example(self, schema: Json) -> Any:  # noqa: ANN401 - JSON
        """Return a valid value of a schema, by its examples."""
        if reference := schema.get("$ref"):
            return self.example(self.document["components"]["schemas"][reference.split("/")[-1]])
        for key in ("examples", "enum", "allOf", "anyOf", "oneOf"):
            if values := schema.get(key):
                return self.example(values[0]) if key.endswith("Of") else values[0]
        if "const" in schema or "default" in schema:
            return schema.get("const", schema.get("default"))
        if schema.get("type") == "object":
            required = schema.get("required") or list(schema.get("properties", {}))[:1]
            return {name: self.example(schema["properties"][name]) for name in required}
        if schema.get("type") == "array":
            return [self.example(schema["items"])]
        return {"integer": 1, "number": 1, "boolean": True}.get(str(schema.get("type")), "x" * 20)


class Caller:
    """A client with a network address of its own, so that its rate limits are its own.

    Every response is checked: it is in time, it has an envelope, and it is no unexpected error.
    """

    def __init__(self, target: Target, report: Report, *, token: str | None = None) -> None:
        """Take a new address.

        Args:
            target: The service.
            report: The report for responses that no request may get.
            token: The token of a session.
        """
        number = next(_ADDRESSES)
        self.report = report
        self.headers = {"X-Forwarded-For": f"198.18.{number // 250}.{number % 250 + 1}"}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"
        self._client = target.client

    async def send(
        self,
        method: str,
        path: str,
        content: object = None,
        *,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """Send a request and check the form of its response.

        Args:
            method: The HTTP method.
            path: The path and the query.
            content: A body that is sent as JSON.
            raw: A body that is sent as it is, as JSON too unless a header says otherwise.
            headers: Further headers.
        """
        body = raw if content is None else json.dumps(content).encode()
        named = {"Content-Type": "application/json"} if body is not None else {}
        named |= {**self.headers, **(headers or {})}
        response = await self._client.request(method, path, content=body, headers=named)
        what = f"{method} {path[:120]}: {response.status_code} {response.text[:200]}"
        self.report.check(is_well_formed(response), what)
        return response


def is_well_formed(response: httpx2.Response) -> bool:
    """Return whether a response is one that the conventions allow to any request."""
    status = response.status_code
    if status >= 500 and status not in _EXPECTED_OUTAGES:  # noqa: PLR2004
        return False
    is_json = response.headers.get("content-type", "").startswith("application/json")
    if status >= 400:  # noqa: PLR2004
        has_no_body = response.request.method == "HEAD"
        return has_no_body or (is_json and bool(response.json().get("error", {}).get("code")))
    return True


def outcome(response: httpx2.Response) -> tuple[int, str]:
    """Return the status of a response and the code of its error, if it has one."""
    if response.status_code < 400 or not response.content:  # noqa: PLR2004
        return response.status_code, ""
    return response.status_code, response.json()["error"]["code"]


def count_statuses(responses: Sequence[httpx2.Response], *statuses: int) -> int:
    """Return how many responses have one of the statuses."""
    return sum(response.status_code in statuses for response in responses)
