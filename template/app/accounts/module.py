"""The module of accounts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

from fastapi import FastAPI

from app.accounts.emails import (
    send_email_change,
    send_password_reset,
    send_signup_email,
    send_verification_email,
)
from app.accounts.passwords import PasswordHasher
from app.accounts.router import router
from app.accounts.settings import AccountSettings
from app.core.module import Module
from app.core.services import get, provide


@asynccontextmanager
async def _open_hasher(_app: FastAPI) -> AsyncIterator[None]:
    with (
        closing(PasswordHasher(get(AccountSettings))) as hasher,
        provide(PasswordHasher, hasher),
    ):
        yield


module = Module(
    name="accounts",
    router=router,
    open=_open_hasher,
    settings=AccountSettings,
    jobs=(send_signup_email, send_verification_email, send_email_change, send_password_reset),
)
