"""No route of the service returns or changes rows of another user.

The routes come from the OpenAPI document, so a new route is tested too. As a control, every route
of this feature and of accounts that takes an id and requires a user must succeed for the owner:
the fixture `owner` creates a row for each of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts.models import Role
from app.core.api.routing import api_routes
from app.core.db import Base
from app.core.guards.rate_limit import InMemoryRateLimitBackend, RateLimitBackend
from app.core.services import provide
from tests.conftest import ClientFor
from tests.features.market_data.examples import StoreAlert, StoreSymbol

OWNER, OTHER, ADMIN = "owner@example.org", "other@example.org", "admin@example.org"
HERE = "app.features.market_data."
OWNED = [("users", "id")] + [
    (table.name, key.parent.name)
    for table in Base.metadata.sorted_tables
    for key in table.foreign_keys
    if key.target_fullname == "users.id"
]
Schema = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """A route, as the OpenAPI document describes it."""

    method: str
    path: str
    parameters: list[Schema]
    body: Schema | None
    document: Schema

    @property
    def takes_id(self) -> bool:
        """True if the path, the query or the body contains an id."""
        parts = [self._resolve(part["schema"]) for part in self.parameters]
        return any(is_id(part) for part in [*parts, *self._parts_of(self.body or {})])

    @property
    def needs_a_user(self) -> bool:
        """True if the route requires a user."""
        return "security" in self.document["paths"][self.path][self.method.lower()]

    @property
    def name(self) -> str:
        """The name of the function."""
        return str(self.document["paths"][self.path][self.method.lower()]["operationId"])

    async def send(self, client: AsyncClient, ids: list[str]) -> list[Response]:
        """Send a request for each id; one with all ids where the body takes a list."""
        responses = []
        for one in ids:
            headers = {"If-Match": "*", "Idempotency-Key": str(uuid4())}
            body = None if self.body is None else self._example(self.body, one, ids)
            path = self.path
            for part in self.parameters:
                if part["in"] == "path":
                    value = self._example(part["schema"], one, ids)
                    path = path.replace(f"{{{part['name']}}}", value)
            with provide(RateLimitBackend, InMemoryRateLimitBackend()):
                response = await client.request(
                    self.method, path, params=self._query(one), json=body, headers=headers
                )
            responses.append(response)
            if not self.takes_id:
                break
        return responses

    def _query(self, row_id: str) -> dict[str, str]:
        query = [part for part in self.parameters if part["in"] == "query"]
        return {part["name"]: row_id for part in query if is_id(part["schema"])}

    def _example(self, schema: Schema, row_id: str, ids: list[str]) -> Any:
        schema = self._resolve(schema)
        if "properties" in schema:
            parts = schema["properties"].items()
            return {name: self._example(part, row_id, ids) for name, part in parts}
        if "items" in schema:
            item = self._resolve(schema["items"])
            return ids if is_id(item) else [self._example(item, row_id, ids)]
        if is_id(schema):
            return row_id
        assert "examples" in schema, f"{self.path}: give {schema} an example"
        return schema["examples"][0]

    def _parts_of(self, schema: Schema) -> Iterator[Schema]:
        schema = self._resolve(schema)
        yield schema
        items = [schema["items"]] if "items" in schema else []
        for part in [*schema.get("properties", {}).values(), *items]:
            yield from self._parts_of(part)

    def _resolve(self, schema: Schema) -> Schema:
        while "$ref" in schema and "examples" not in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return schema


def is_id(schema: Schema) -> bool:
    return schema.get("format") == "uuid" or any(is_id(part) for part in schema.get("anyOf", []))


def operations(app: FastAPI) -> Iterator[Operation]:
    """Yield every route except those of integrations, which have such tests of their own."""
    document, theirs = app.openapi(), names_of(app, "app.integrations.")
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation["operationId"] in theirs:
                continue
            content = operation.get("requestBody", {}).get("content", {})
            body = content.get("application/json", {}).get("schema")
            yield Operation(method.upper(), path, operation.get("parameters", []), body, document)


def names_of(app: FastAPI, *packages: str) -> set[str]:
    """Return the names of the routes that are defined in these packages."""
    return {
        str(route.name)
        for route in api_routes(app)
        if str(route.endpoint.__module__).startswith(packages)
    }


async def rows_of(owner: str, connection: AsyncConnection) -> list[tuple[str, dict[str, Any]]]:
    """Return every row of a user, each with the name of its table."""
    found: list[tuple[str, dict[str, Any]]] = []
    for table, column in OWNED:
        statement = (
            f"SELECT to_jsonb({table}) FROM {table} "  # noqa: S608 - names from the metadata
            f"WHERE {column} = (SELECT id FROM users WHERE email = :owner) ORDER BY 1"
        )
        rows = await connection.scalars(text(statement), {"owner": owner})
        found += [(table, row) for row in rows]
    return found


async def ids_of(owner: str, connection: AsyncConnection) -> list[str]:
    rows = await rows_of(owner, connection)
    return [row["id"] for _, row in rows if "id" in row]


@pytest.fixture
async def owner(
    client_for: ClientFor, store_symbol: StoreSymbol, store_alert: StoreAlert
) -> AsyncClient:
    """Log in the owner, with a row of each kind that a route finds by id."""
    client = await client_for(OWNER)
    await store_alert(await store_symbol("AAPL"), owner=OWNER)
    return client


async def test_no_route_returns_or_changes_rows_of_another_user(
    app: FastAPI, database: AsyncConnection, client_for: ClientFor, owner: AsyncClient
) -> None:
    assert (await owner.get("/api/v1/users/me")).json()["data"]["email"] == OWNER
    before = await rows_of(OWNER, database)
    ids = await ids_of(OWNER, database)
    tried = list(operations(app))
    assert len(tried) > 20
    for operation in tried:
        name = f"{operation.method} {operation.path}"
        undone = await database.begin_nested()
        responses = await operation.send(await client_for(OTHER), ids)
        assert await rows_of(OWNER, database) == before, name
        for response in responses:
            check_refusal(name, response, ids, takes_id=operation.takes_id)
        await undone.rollback()


def check_refusal(name: str, response: Response, ids: list[str], *, takes_id: bool) -> None:
    shown = f"{name}: {response.status_code} {response.text}"
    assert response.status_code < 500, shown
    if not takes_id:
        assert not any(one in response.text for one in ids), shown
    elif response.status_code == 200:
        data = response.json()["data"]
        assert not (data if isinstance(data, list) else data.get("succeeded", data)), shown
    else:
        code = response.json()["error"]["code"]
        assert response.status_code == 404 or code == "insufficient_role", shown


async def test_the_owner_or_an_administrator_can_use_every_route_with_an_id(
    app: FastAPI, database: AsyncConnection, client_for: ClientFor, owner: AsyncClient
) -> None:
    ids, ours = await ids_of(OWNER, database), names_of(app, "app.accounts.", HERE)
    for operation in operations(app):
        if not (operation.takes_id and operation.needs_a_user and operation.name in ours):
            continue
        undone = await database.begin_nested()
        responses = await operation.send(owner, ids)
        if all(response.status_code == 403 for response in responses):
            responses = await operation.send(await client_for(ADMIN, role=Role.ADMIN), ids)
        through = [response for response in responses if response.status_code < 300]
        name = f"{operation.method} {operation.path}"
        assert through, f"{name} finds no row: create one in the fixture `owner`"
        if any(response.content and "succeeded" in response.json()["data"] for response in through):
            assert through[0].json()["meta"]["succeeded"], (
                f"{name} finds no row: create one in the fixture `owner`"
            )
        await undone.rollback()
