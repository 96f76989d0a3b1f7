"""What accounts plug into the service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.accounts.passwords import PasswordHasher
from app.accounts.router import resets_router, sessions_router, users_router, verifications_router
from app.accounts.settings import AccountSettings
from app.core.configuration import settings_of
from app.core.module import Module


@asynccontextmanager
async def _open_passwords(app: FastAPI) -> AsyncIterator[None]:
    app.state.passwords = passwords = PasswordHasher(settings_of(app, AccountSettings))
    try:
        yield
    finally:
        passwords.close()


module = Module(
    name="accounts",
    routers=(users_router, sessions_router, verifications_router, resets_router),
    open=_open_passwords,
    settings=AccountSettings,
)
