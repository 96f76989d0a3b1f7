from uuid import uuid4

from httpx2 import AsyncClient

from tests.conftest import AssertQueries, ClientFor

ACCOUNTS, TRANSACTIONS = "/api/v1/ledger-accounts", "/api/v1/ledger-transactions"


def new_key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


async def open_account(client: AsyncClient, number: str, **values: str) -> str:
    given = {"number": number, "name": "Cash", "currency": "CHF"} | values
    opened = await client.post(ACCOUNTS, json=given)
    assert opened.status_code == 201, opened.text
    account_id: str = opened.json()["data"]["id"]
    return account_id


async def post(client: AsyncClient, *lines: tuple[str, str]) -> int:
    given = [{"account_id": account_id, "amount": amount} for account_id, amount in lines]
    body = {"memo": "Invoice", "lines": given}
    response = await client.post(TRANSACTIONS, json=body, headers=new_key())
    return response.status_code


async def test_a_transaction_changes_both_balances(client_for: ClientFor) -> None:
    ada = await client_for("ada@example.com")
    cash, sales = await open_account(ada, "1000"), await open_account(ada, "3000")
    assert await post(ada, (cash, "99.90"), (sales, "-99.90")) == 201
    accounts = (await ada.get(ACCOUNTS)).json()["data"]
    assert {one["number"]: one["balance"] for one in accounts} == {
        "1000": "99.9000",
        "3000": "-99.9000",
    }
    [booked] = (await ada.get(TRANSACTIONS)).json()["data"]
    assert [line["account_id"] for line in booked["lines"]] == [cash, sales]


async def test_lines_that_do_not_add_up_are_refused(client_for: ClientFor) -> None:
    ada = await client_for("ada@example.com")
    cash, sales = await open_account(ada, "1000"), await open_account(ada, "3000")
    assert await post(ada, (cash, "1"), (sales, "-2")) == 422


async def test_the_lowest_balance_holds(client_for: ClientFor) -> None:
    ada = await client_for("ada@example.com")
    cash = await open_account(ada, "1000", lowest="0")
    sales = await open_account(ada, "3000")
    assert await post(ada, (cash, "-1"), (sales, "1")) == 409


async def test_nobody_posts_to_the_accounts_of_others(client_for: ClientFor) -> None:
    ada, bob = await client_for("ada@example.com"), await client_for("bob@example.com")
    cash, sales = await open_account(ada, "1000"), await open_account(bob, "3000")
    assert await post(bob, (cash, "1"), (sales, "-1")) == 404


async def test_a_number_is_taken_once(client_for: ClientFor) -> None:
    ada = await client_for("ada@example.com")
    await open_account(ada, "1000")
    again = await ada.post(ACCOUNTS, json={"number": "1000", "name": "Cash", "currency": "CHF"})
    assert again.status_code == 409


async def test_the_list_of_transactions_takes_the_same_number_of_queries(
    client_for: ClientFor, assert_queries: AssertQueries
) -> None:
    ada = await client_for("ada@example.com")
    cash, sales = await open_account(ada, "1000"), await open_account(ada, "3000")
    for _ in range(3):
        await post(ada, (cash, "1"), (sales, "-1"))
    with assert_queries(3):  # the user, the transactions and their lines
        await ada.get(TRANSACTIONS)


async def test_a_frozen_account_takes_no_postings(client_for: ClientFor) -> None:
    ada, eve = await client_for("ada@example.com"), await client_for("eve@example.com")
    cash, sales = await open_account(ada, "1000"), await open_account(ada, "3000")
    given = {"account_id": cash}
    assert (await eve.post("/api/v1/ledger-freezes", json=given)).status_code == 404
    frozen = [(await ada.post("/api/v1/ledger-freezes", json=given)).json() for _ in range(2)]
    assert frozen[0]["data"]["frozen_at"] == frozen[1]["data"]["frozen_at"]
    assert await post(ada, (cash, "1"), (sales, "-1")) == 409
