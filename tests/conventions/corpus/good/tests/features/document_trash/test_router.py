from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.owned import ALL_OWNERS
from app.features.document_trash.models import DocumentAudit, TrashableDocument
from app.features.document_trash.service import purge_trash
from app.features.document_trash.unit_of_work import is_purgeable
from tests.conftest import ClientFor

DOCUMENTS = "/api/v1/trashable-documents"


async def store_document(session: AsyncSession, email: str) -> UUID:
    owner_id = (await session.scalars(select(User.id).where(User.email == email))).one()
    document = TrashableDocument(owner_id=owner_id, folder="2026", title="Lease")
    session.add(document)
    await session.commit()
    return document.id


async def test_a_document_goes_to_the_trash_and_comes_back(
    client_for: ClientFor, session: AsyncSession
) -> None:
    ada = await client_for("ada@example.com")
    path = f"{DOCUMENTS}/{await store_document(session, 'ada@example.com')}"
    assert (await ada.delete(path)).status_code == 204
    assert (await ada.get(DOCUMENTS)).json()["data"] == []
    assert (await ada.delete(path)).status_code == 404
    restored = await ada.post(f"{path}/restoration")
    assert (restored.status_code, restored.json()["data"]["title"]) == (200, "Lease")
    assert len((await ada.get(DOCUMENTS)).json()["data"]) == 1


async def test_an_approved_document_stays(client_for: ClientFor, session: AsyncSession) -> None:
    ada = await client_for("ada@example.com")
    path = f"{DOCUMENTS}/{await store_document(session, 'ada@example.com')}"
    approved = [await ada.post(f"{path}/approval") for _ in range(2)]
    assert [one.status_code for one in approved] == [200, 200]
    assert (await ada.delete(path)).status_code == 409
    assert await session.scalar(select(func.count()).select_from(DocumentAudit)) == 1


async def test_others_cannot_trash_a_document(client_for: ClientFor, session: AsyncSession) -> None:
    await client_for("ada@example.com")
    eve = await client_for("eve@example.com")
    path = f"{DOCUMENTS}/{await store_document(session, 'ada@example.com')}"
    assert (await eve.delete(path)).status_code == 404


async def test_a_title_is_taken_while_its_document_is_not_in_the_trash(
    client_for: ClientFor, session: AsyncSession
) -> None:
    ada = await client_for("ada@example.com")
    path = f"{DOCUMENTS}/{await store_document(session, 'ada@example.com')}"
    assert (await ada.delete(path)).status_code == 204
    await store_document(session, "ada@example.com")
    assert (await ada.post(f"{path}/restoration")).status_code == 409


async def test_old_documents_leave_the_trash(client_for: ClientFor, session: AsyncSession) -> None:
    await client_for("ada@example.com")
    for days in (29, 31):
        document_id = await store_document(session, "ada@example.com")
        document = TrashableDocument(id=document_id)
        document.deleted_at = datetime.now(UTC) - timedelta(days=days)
        assert is_purgeable(document, keep=timedelta(days=30)) is (days == 31)
        statement = (
            update(TrashableDocument)
            .where(TrashableDocument.id == document_id)
            .values(deleted_at=document.deleted_at)
            .options(ALL_OWNERS)
        )
        await session.execute(statement)
    assert await purge_trash(session) == 1
