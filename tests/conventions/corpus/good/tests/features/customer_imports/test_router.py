from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.owned import ALL_OWNERS
from app.features.customer_imports.models import CustomerImport, ImportedCustomer
from app.features.customer_imports.reading import in_chunks, read_rows
from app.features.customer_imports.service import InsertCustomers, insert_customers
from tests.conftest import ClientFor

IMPORTS = "/api/v1/customer-imports"
CSV = b"number,name,city\n1,Ada,Bern\n2,Bob,Basel\n1,Ada L.,Bern\n"


async def test_a_file_is_stored_once_and_its_rows_are_inserted(
    client_for: ClientFor, session: AsyncSession
) -> None:
    ada = await client_for("ada@example.com")
    stored = await ada.post(IMPORTS, content=CSV)
    assert stored.status_code == 202, stored.text
    assert (await ada.post(IMPORTS, content=CSV)).status_code == 409
    import_id = UUID(stored.json()["data"]["id"])
    found = await session.scalars(
        select(CustomerImport).where(CustomerImport.id == import_id).options(ALL_OWNERS)
    )
    payload = InsertCustomers(owner_id=found.one().owner_id, import_id=import_id)
    await insert_customers.handler(session, payload)
    await session.commit()
    counted = select(func.count()).select_from(ImportedCustomer).options(ALL_OWNERS)
    assert await session.scalar(counted) == 2
    read = await ada.get(f"{IMPORTS}/{import_id}")
    assert (read.json()["data"]["state"], read.json()["data"]["line"]) == ("done", 3)


async def test_others_do_not_see_an_import(client_for: ClientFor) -> None:
    ada, bob = await client_for("ada@example.com"), await client_for("bob@example.com")
    stored = await ada.post(IMPORTS, content=CSV)
    path = f"{IMPORTS}/{stored.json()['data']['id']}"
    assert (await bob.get(path)).status_code == 404


def test_chunks_have_the_size_or_are_the_last() -> None:
    assert [len(chunk) for chunk in in_chunks(read_rows(CSV), 2)] == [2, 1]
