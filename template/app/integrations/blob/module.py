"""What files plug into the service: where they are kept while it is open."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.leaving import when_user_leaves
from app.core.module import Module
from app.core.services import get
from app.integrations.blob.disk import DiskStore
from app.integrations.blob.lifecycle import Leaver, forget, prefix_of, remove, settle
from app.integrations.blob.router import blob_router, files_router
from app.integrations.blob.settings import BlobSettings
from app.integrations.blob.store import BlobStore, current_store, keep_in
from app.integrations.blob.vercel import VercelStore, open_vercel


@asynccontextmanager
async def open_store(settings: BlobSettings) -> AsyncIterator[BlobStore]:
    """Keep files as the settings say: at Vercel, or in a folder where there is no token."""
    async with AsyncExitStack() as opened:
        store: BlobStore = DiskStore(settings.blob_folder)
        if token := settings.blob_read_write_token:
            vercel = open_vercel(settings, token.get_secret_value())
            store = await opened.enter_async_context(vercel)
        opened.enter_context(keep_in(store))
        yield store


@asynccontextmanager
async def open_blob(app: FastAPI) -> AsyncIterator[None]:
    """Keep files while the service runs, and have those of a user go with the user."""
    settings = get(BlobSettings)

    async def take_along(session: AsyncSession, user_id: UUID) -> None:
        leaver = Leaver(user_id=user_id, prefix=prefix_of(user_id, settings))
        await forget.enqueue(session, leaver, key=f"forget_blobs:{user_id}")

    with when_user_leaves(take_along):
        async with open_store(settings):
            yield


async def ping_blob() -> None:
    """Raise while Vercel is left alone, since it keeps failing. Asks nothing of it."""
    store = await current_store()
    if isinstance(store, VercelStore):
        await store.ping()


module = Module(
    name="blob",
    routers=(files_router, blob_router),
    open=open_blob,
    ping=ping_blob,
    required=False,
    settings=BlobSettings,
    jobs=(settle, remove, forget),
)
