"""Every route as nobody, as another user, as a user without the role, and with hostile input.

The roles below are written by hand: a new route that needs no session, or that another party signs,
has to be added here, or the walk fails.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx2

from proof.attack.people import Person
from proof.attack.target import Caller, Operation, Report, Target, outcome

PUBLIC = {
    "read_liveness",
    "read_readiness",
    "sign_up",
    "log_in",
    "request_verification",
    "verify_address",
    "request_password_reset",
    "reset_password",
    "list_plans",
    "list_symbols",
    "read_symbol",
    "read_market_summary",
    "list_candles",
    "list_prices",
    "query_candles",
}
SIGNED = {"take_resend_event", "receive_paddle_event", "take_blob_report"}
ADMIN = {
    "list_users",
    "read_user",
    "change_user",
    "list_emails",
    "list_suppressions",
    "lift_suppression",
    "list_duplicates",
    "create_symbol",
    "change_symbol",
    "delete_symbol",
    "import_candles",
}
ENDING = {"log_out", "delete_me", "end_session"}
"""Operations that end the session they are sent with, if they succeed."""
CHANGING = {"list_sessions", "read_session", "read_current_session", "read_content_url"}
"""Operations with another response each time: the time of the last request, a new URL."""

NO_ONE = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"
"""An id that no row has."""
FORGED_TOKENS = (
    "Bearer x",
    "Bearer null",
    "Bearer ' OR 1=1 --",
    f"Bearer {'a' * 43}",
    f"Bearer {'a' * 5000}",
    "Bearer",
    "bearer",
    "Basic YTph",
    "Token x",
)
EXTRA_FIELDS = {"role": "admin", "is_admin": True, "user_id": NO_ONE, "verified_at": "2026-01-01"}
HOSTILE_VALUES = (
    "%00",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e",
    "'%20OR%201=1--",
    "%F0%9F%92%A3" * 50,
    "%ff",
    "-1",
    "9" * 400,
    "x" * 5000,
    "{{7*7}}",
    "%0d%0aSet-Cookie:a=b",
)
HOSTILE_BODIES = (
    b"",
    b"null",
    b"[]",
    b"{",
    b'"text"',
    b"[" * 50_000,
    b'{"a":' * 5_000,
    b"\xff\xfe\x00",
    b'{"email": "\\ud800"}',
    b'{"email": "a\\u0000@example.com", "password": "\\u0000"}',
    b"NaN",
    b"1e999999",
    b'{"limit": 1' + b"0" * 5_000 + b"}",
    b'{"__proto__": {"role": "admin"}}',
)


@dataclass(frozen=True)
class Cast:
    """The people in an attack.

    Attributes:
        ada: A user with rows of her own.
        eve: Another user with rows of her own.
        admin: An administrator.
        examples: The number of generated requests of each operation.
    """

    ada: Person
    eve: Person
    admin: Person
    examples: int

    @property
    def everyone(self) -> tuple[Person, ...]:
        """All people."""
        return self.ada, self.eve, self.admin


async def walk_as_nobody(target: Target, report: Report, _: Cast) -> None:
    """Send every operation without a session, and with forged tokens."""
    for operation in target.operations():
        is_open = operation.id in PUBLIC | SIGNED
        report.check(
            operation.needs_user != is_open, f"{operation.id}: its role is not as declared here"
        )
        if is_open:
            continue
        for value in (None, *FORGED_TOKENS):
            headers = {} if value is None else {"Authorization": value}
            nobody = Caller(target, report)  # at a new address: rejected requests count as well
            await expect_status(target, report, operation, nobody, 401, headers)


async def walk_as_user(target: Target, report: Report, cast: Cast) -> None:
    """Send every operation of administrators as a user, and as an administrator."""
    for operation in target.operations():
        is_admin = operation.id in ADMIN
        if is_admin:
            await expect_status(target, report, operation, cast.eve.caller, 403)
            response = await request(target, operation, cast.admin.caller)
            let_in = response.status_code not in {401, 403}
            report.check(let_in, f"{operation.id}: refuses administrators")
        elif operation.needs_user and operation.id not in ENDING:
            response = await request(target, operation, cast.eve.caller)
            report.check(response.status_code != 401, f"{operation.id}: refuses users")  # noqa: PLR2004


async def walk_as_another_user(target: Target, report: Report, cast: Cast) -> None:
    """Send every operation with the ids of another user's rows: they do not exist for this user."""
    before = await read_all(target, cast.ada)
    for operation in target.operations():
        theirs = [name for name in operation.parameters if name in cast.ada.owned]
        if theirs and operation.id not in ADMIN:
            found = await request(target, operation, cast.eve.caller, ids=cast.ada.owned)
            missing = await request(target, operation, cast.eve.caller, ids={})
            report.check(
                outcome(found) == outcome(missing) and found.status_code >= 400,  # noqa: PLR2004
                f"{operation.id}: {outcome(found)} for another's row, {outcome(missing)} for none",
            )
    await delete_in_batch(cast, report)
    lists = await read_all(target, cast.eve)
    for name, text in lists.items():
        for value in cast.ada.owned.values():
            report.check(value not in text, f"{name} shows {value}, which is another user's")
    report.check(before == await read_all(target, cast.ada), "another user changed the rows")


async def delete_in_batch(cast: Cast, report: Report) -> None:
    """Ask for the deletion of another user's rows in a batch."""
    if "alert_id" not in cast.ada.owned:
        return
    ids = {"ids": [cast.ada.owned["alert_id"]]}
    response = await cast.eve.caller.send("POST", "/api/v1/alert-deletions", ids)
    deleted = response.is_success and response.json()["meta"]["succeeded"]
    report.check(not deleted, "delete_alerts deletes another user's row")


async def read_all(target: Target, person: Person) -> dict[str, str]:
    """Return every response to a GET that a user can send about their own rows."""
    texts = {}
    for operation in target.operations():
        is_own = operation.needs_user and operation.id not in ADMIN | CHANGING
        if operation.method == "GET" and is_own:
            response = await request(target, operation, person.caller, ids=person.owned)
            texts[operation.id] = response.text if response.is_success else str(outcome(response))
    return texts


async def walk_with_hostile_input(target: Target, report: Report, cast: Cast) -> None:
    """Send hostile paths, queries, bodies and methods to every operation, as an administrator."""
    for operation in target.operations():
        if operation.id in ENDING:
            continue
        sender = Caller(target, report, token=cast.admin.token)
        for value in HOSTILE_VALUES:
            path = operation.url({}, other=value)
            if operation.method in {"GET", "DELETE"} and operation.parameters:
                await sender.send(operation.method, path)
            if operation.method == "GET":
                url = operation.url(cast.admin.owned, other="AAPL")
                await sender.send(
                    "GET", f"{url}?cursor={value}&sort={value}&limit={value}&{value}=1"
                )
        for body in HOSTILE_BODIES if operation.method in {"POST", "PUT", "PATCH"} else ():
            await refuse_body(report, operation, sender, body)
        await send_wrong_methods(report, operation, sender)


async def refuse_body(report: Report, operation: Operation, sender: Caller, body: bytes) -> None:
    """Send a body that no operation with a JSON schema may accept."""
    path = operation.url({}, other=NO_ONE)
    response = await sender.send(operation.method, path, raw=body)
    if operation.schema is not None:
        refused = response.status_code >= 400  # noqa: PLR2004
        report.check(refused, f"{operation.id}: accepts the body {body[:40]!r}")


async def send_wrong_methods(report: Report, operation: Operation, sender: Caller) -> None:
    """Send methods that a route does not have, by name and by the headers that override methods."""
    path = operation.url({}, other=NO_ONE)
    for method in ("TRACE", "CONNECT", "PROPFIND"):
        response = await sender.send(method, path)
        report.check(
            response.status_code in {400, 404, 405, 429, 501},
            f"{method} {path}: {response.status_code}",
        )
    override = {"X-HTTP-Method-Override": "DELETE", "X-Original-URL": "/api/v1/users"}
    if operation.id == "read_liveness":
        response = await sender.send("GET", path, headers=override)
        report.check("checks" in response.text or response.is_success, "a header changed the route")


async def walk_with_extra_fields(target: Target, report: Report, cast: Cast) -> None:
    """Add fields to each valid body that would raise the rights of the user."""
    for operation in target.operations():
        if operation.schema is None or operation.id in SIGNED:
            continue
        example = target.example(operation.schema)
        for name, value in EXTRA_FIELDS.items():
            if name in example:
                continue
            sender = Caller(target, report, token=cast.admin.token)
            path = operation.url({}, other=NO_ONE)
            response = await sender.send(operation.method, path, {**example, name: value})
            refused = 400 <= response.status_code < 500  # noqa: PLR2004
            report.check(refused, f"{operation.id}: accepts the field {name}")


async def expect_status(
    target: Target,
    report: Report,
    operation: Operation,
    caller: Caller,
    status: int,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Send an operation and check the status of the response."""
    response = await request(target, operation, caller, headers=headers)
    what = (
        f"{operation.id}: {response.status_code} instead of {status} for {headers or 'no header'}"
    )
    report.check(response.status_code == status, what[:300])


async def request(
    target: Target,
    operation: Operation,
    caller: Caller,
    *,
    ids: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx2.Response:
    """Send an operation with a valid body, if it takes one."""
    content = None if operation.schema is None else target.example(operation.schema)
    path = operation.url(ids or {}, other=NO_ONE)
    return await caller.send(operation.method, path, content, headers=headers)
