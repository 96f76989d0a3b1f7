"""The blob module: opens the store of files."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from app.core.module import Module
from app.core.services import get, provide
from app.integrations.blob.lifecycle import (
    delete_blob,
    delete_user_files,
    finalize_upload,
    forget_user,
)
from app.integrations.blob.router import router
from app.integrations.blob.settings import BlobSettings
from app.integrations.blob.store import BlobStore, DiskStore
from app.integrations.blob.transfers import Transfers
from app.integrations.blob.vercel import open_vercel


@asynccontextmanager
async def open_store(_app: FastAPI | None = None) -> AsyncIterator[None]:
    """Provide the store of the settings: at Vercel, or in a folder if no token is set."""
    settings = get(BlobSettings)
    async with AsyncExitStack() as opened:
        store: BlobStore = DiskStore(settings.blob_folder)
        if token := settings.blob_read_write_token:
            vercel = open_vercel(settings, token.get_secret_value())
            store = await opened.enter_async_context(vercel)
        opened.enter_context(provide(BlobStore, store))
        limits = {"total": settings.blob_transfers, "per_user": settings.blob_user_transfers}
        opened.enter_context(provide(Transfers, Transfers(**limits)))
        yield


async def ping_blob() -> None:
    """Raise while the store keeps failing; sends no request."""
    await get(BlobStore).ping()


module = Module(
    name="blob",
    router=router,
    open=open_store,
    ping=ping_blob,
    required=False,
    settings=BlobSettings,
    jobs=(finalize_upload, delete_blob, delete_user_files),
    on_user_deleted=forget_user,
)
