"""Storing a file, and the job that inserts its rows a chunk at a time."""

import asyncio
from collections.abc import AsyncIterable
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import structlog
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from app.accounts.owned import OwnerSession, limit_to_owner
from app.core.jobs import job
from app.features.customer_imports.errors import (
    CustomerImportNotFound,
    FileImported,
    FileTooLong,
)
from app.features.customer_imports.models import CustomerImport, ImportedCustomer, ImportState
from app.features.customer_imports.reading import CustomerRow, UnreadableFile, in_chunks, read_rows

MAX_BYTES = 5_000_000
ROWS_AT_ONCE = 500

log = structlog.get_logger(__name__)


class InsertCustomers(BaseModel):
    """The import to go on with."""

    owner_id: UUID
    import_id: UUID


async def store_file(
    session: OwnerSession, body: AsyncIterable[bytes], *, owner_id: UUID
) -> CustomerImport:
    """Store a file and enqueue the job that reads it.

    Raises:
        FileImported: The same content was imported before.
        FileTooLong: The file is longer than `MAX_BYTES`.
    """
    content = await _read_bounded(body)
    statement = (
        insert(CustomerImport)
        .values(owner_id=owner_id, content=content, checksum=sha256(content).digest())
        .on_conflict_do_nothing(index_elements=["owner_id", "checksum"])
        .returning(CustomerImport)
    )
    stored: CustomerImport | None = await session.scalar(statement)
    if stored is None:
        raise FileImported
    payload = InsertCustomers(owner_id=owner_id, import_id=stored.id)
    await insert_customers.enqueue(session, payload, key=str(stored.id))
    return stored


async def get_import(session: OwnerSession, import_id: UUID) -> CustomerImport:
    """Return one of the user's imports.

    Raises:
        CustomerImportNotFound: The user has none with this id.
    """
    statement = select(CustomerImport).where(CustomerImport.id == import_id)
    found = (await session.scalars(statement)).one_or_none()
    if found is None:
        raise CustomerImportNotFound
    return found


async def _read_bounded(body: AsyncIterable[bytes]) -> bytes:
    """Return a body, read in parts until it is complete or too long."""
    content = bytearray()
    async for part in body:
        content += part
        if len(content) > MAX_BYTES:
            raise FileTooLong
    return bytes(content)


@job(name="insert_customers", timeout=300)
async def insert_customers(session: AsyncSession, payload: InsertCustomers) -> None:
    """Insert the rows of a file, a chunk at a time; known customers are updated."""
    bound = log.bind(job="insert_customers", import_id=str(payload.import_id))
    own = limit_to_owner(session, payload.owner_id)
    pending = (
        select(CustomerImport)
        .where(CustomerImport.id == payload.import_id)
        .options(undefer(CustomerImport.content))
        .with_for_update()
    )
    running: CustomerImport | None = await own.scalar(pending)
    if running is None or running.content is None:
        return
    try:
        rows = await asyncio.to_thread(read_rows, running.content)
    except UnreadableFile as error:
        bound.info("customer_file_rejected", reason=str(error))
        running.state = ImportState.REJECTED
        return
    for chunk in in_chunks(rows, ROWS_AT_ONCE):
        await _upsert(own, running, chunk)
        running.line = chunk[-1].line
    running.state, running.content = ImportState.DONE, None
    running.finished_at = datetime.now(UTC)
    bound.info("customers_inserted", rows=len(rows))


async def _upsert(session: OwnerSession, running: CustomerImport, rows: list[CustomerRow]) -> None:
    """Insert one chunk in one statement; the last of two rows with one number counts."""
    latest = {row.number: row for row in rows}
    statement = insert(ImportedCustomer).values(
        [
            {
                "owner_id": running.owner_id,
                "import_id": running.id,
                "number": row.number,
                "name": row.name,
                "city": row.city,
            }
            for row in latest.values()
        ]
    )
    new = statement.excluded
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["owner_id", "number"],
            set_={"name": new.name, "city": new.city, "import_id": new.import_id},
        )
    )
