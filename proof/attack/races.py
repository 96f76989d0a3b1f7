"""Requests that are sent at the same time, of which one may win."""

import asyncio
from collections.abc import Mapping
from uuid import uuid4

import httpx2

from proof.attack.people import (
    ALERT,
    AS_PNG,
    PASSWORD,
    PNG,
    Person,
    await_token,
    join,
    promote,
    succeed,
)
from proof.attack.target import API, Caller, Json, Report, Target, count_statuses
from proof.attack.walk import Cast

TIMES = 20
SIGN_UPS = 3
ROUNDS = 5


async def race(
    caller: Caller,
    method: str,
    path: str,
    content: object = None,
    *,
    headers: Mapping[str, str] | None = None,
) -> list[httpx2.Response]:
    """Send the same request many times at once, and return the responses."""
    sending = (caller.send(method, path, content, headers=headers) for _ in range(TIMES))
    return list(await asyncio.gather(*sending))


async def count(person: Person, path: str) -> int:
    """Return the number of rows in a list."""
    page = await person.caller.send("GET", f"{API}/{path}?limit=1000")
    return len(page.json()["data"])


async def race_for_one_key(target: Target, report: Report, _: Cast) -> None:
    """Send one write under one Idempotency-Key many times: it takes effect once."""
    person = await join(target, report, "key")
    key = {"Idempotency-Key": str(uuid4())}
    responses = await race(person.caller, "POST", f"{API}/alerts", ALERT, headers=key)
    ids = {response.json()["data"]["id"] for response in responses if response.is_success}
    report.check(len(ids) == 1, f"one key, {len(ids)} alerts in the responses")
    report.check(await count(person, "alerts") == 1, "one key, several alerts in the list")
    other = await person.caller.send(
        "POST", f"{API}/alerts", {**ALERT, "threshold": "13"}, headers=key
    )
    report.check(other.status_code == 422, "a key is accepted for another request")  # noqa: PLR2004
    stranger = await join(target, report, "key")
    same = await stranger.caller.send("POST", f"{API}/alerts", ALERT, headers=key)
    known = same.is_success and same.json()["data"]["id"] in ids
    report.check(not known, "a key shows the response of another user")


async def race_for_one_address(target: Target, report: Report, _: Cast) -> None:
    """Sign up many times with one address, then use one token many times."""
    email = f"address-{uuid4().hex}@example.com"
    callers = [Caller(target, report) for _ in range(SIGN_UPS)]
    sending = (caller.send("POST", f"{API}/users", {"email": email}) for caller in callers)
    responses = await asyncio.gather(*sending)
    report.check(count_statuses(responses, 202) > 0, "no sign-up was accepted")
    token = await await_token(target, email, newer_than=SIGN_UPS - 1)
    chosen = {"token": token, "password": PASSWORD}
    confirmed = await race(
        Caller(target, report), "POST", f"{API}/email-verifications/confirmations", chosen
    )
    report.check(
        count_statuses(confirmed, 204) == 1,
        f"a token was used {count_statuses(confirmed, 204)} times",
    )


async def race_to_reset(target: Target, report: Report, _: Cast) -> None:
    """Use one token for a new password many times, with different passwords."""
    person = await join(target, report, "reset")
    sender = Caller(target, report)
    await succeed(sender, "POST", f"{API}/password-resets", {"email": person.email})
    token = await await_token(target, person.email, newer_than=1)
    bodies = [{"token": token, "password": f"{PASSWORD} {number}"} for number in range(TIMES)]
    path = f"{API}/password-resets/confirmations"
    senders = [Caller(target, report) for _ in bodies]
    responses = await asyncio.gather(
        *(one.send("POST", path, body) for one, body in zip(senders, bodies, strict=True))
    )
    report.check(count_statuses(responses, 204) == 1, "a token set more than one password")
    ended = await person.caller.send("GET", f"{API}/users/me")
    report.check(ended.status_code == 401, "a reset did not end the sessions")  # noqa: PLR2004


async def race_to_demote(target: Target, report: Report, _cast: Cast) -> None:
    """Two administrators who demote each other, and both who leave: one remains."""
    pair = [await join(target, report, f"admin-{number}") for number in range(2)]
    others = await administrators(target, pair)
    for person in others:
        await change_role(pair[0], person["id"], "user")
    for _ in range(ROUNDS):
        await asyncio.gather(
            change_role(pair[0], pair[1].id, "user"), change_role(pair[1], pair[0].id, "user")
        )
        left = [person for person in pair if await is_admin(person)]
        report.check(bool(left), "two administrators demoted each other")
        if not left:
            await promote(target, pair[0])
            left = [pair[0]]
        for person in pair:
            await change_role(left[0], person.id, "admin")
    for person in others:
        await change_role(pair[0], person["id"], "admin")


async def administrators(target: Target, pair: list[Person]) -> list[Json]:
    """Promote two users, and return the other administrators."""
    for person in pair:
        await promote(target, person)
    page = await pair[0].caller.send("GET", f"{API}/users?role=admin&limit=1000")
    mine = {person.id for person in pair}
    return [account for account in page.json()["data"] if account["id"] not in mine]


async def change_role(admin: Person, user_id: str, role: str) -> httpx2.Response:
    """Change the role of a user as an administrator."""
    return await admin.caller.send("PATCH", f"{API}/users/{user_id}", {"role": role})


async def is_admin(person: Person) -> bool:
    """Return whether a user is an administrator."""
    me = await person.caller.send("GET", f"{API}/users/me")
    return bool(me.json()["data"]["role"] == "admin")


async def race_with_one_version(_: Target, report: Report, cast: Cast) -> None:
    """Change one row many times on the condition of one ETag, then delete it many times."""
    person = cast.ada
    created = await succeed(person.caller, "POST", f"{API}/alerts", ALERT)
    path = f"{API}/alerts/{created['id']}"
    responses = await race(
        person.caller, "PATCH", path, {"active": False}, headers={"If-Match": '"1"'}
    )
    report.check(count_statuses(responses, 200) == 1, "two changes of one version succeeded")
    report.check(count_statuses(responses, 412) == TIMES - 1, "a lost change was not reported")
    deleted = await race(person.caller, "DELETE", path, headers={"If-Match": "*"})
    report.check(count_statuses(deleted, 204) == 1, "one row was deleted twice")


async def race_for_one_checkout(_: Target, report: Report, cast: Cast) -> None:
    """Start many checkouts at once: at most one is open."""
    person = cast.ada
    keys = [str(uuid4()) for _ in range(TIMES // 2)]
    path = f"{API}/billing/checkouts"
    sending = (
        person.caller.send("POST", path, {"plan": "pro"}, headers={"Idempotency-Key": key})
        for key in keys
    )
    responses = await asyncio.gather(*sending)
    urls = {response.json()["data"]["url"] for response in responses if response.is_success}
    report.check(len(urls) <= 1, f"{len(urls)} open checkouts of one user")


async def race_with_the_end(target: Target, report: Report, _: Cast) -> None:
    """Delete an account while its session creates rows: nothing remains, and nothing fails."""
    person = await join(target, report, "end")
    writes = [person.caller.send("POST", f"{API}/alerts", ALERT) for _ in range(TIMES)]
    writes += [
        person.caller.send("POST", f"{API}/files?name={n}.png", raw=PNG, headers=AS_PNG)
        for n in range(3)
    ]
    await asyncio.gather(*writes, delete_account(person))
    ended = await person.caller.send("GET", f"{API}/users/me")
    report.check(ended.status_code == 401, "a deleted user is still logged in")  # noqa: PLR2004


async def delete_account(person: Person) -> httpx2.Response:
    """Delete the account of a user."""
    return await person.caller.send(
        "POST", f"{API}/users/me/deletions", {"current_password": PASSWORD}
    )
