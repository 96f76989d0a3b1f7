"""What accounts plug into the service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from app.accounts.emails import answer_sign_up
from app.accounts.passwords import PasswordHasher
from app.accounts.router import resets_router, sessions_router, users_router, verifications_router
from app.accounts.settings import AccountSettings
from app.core.services import get
from app.core.mail_orders import written_by
from app.core.module import Module


@asynccontextmanager
async def _open(app: FastAPI) -> AsyncIterator[None]:
    settings = get(AccountSettings)
    app.state.passwords = passwords = PasswordHasher(settings)
    try:
        with written_by("answer_sign_up", partial(answer_sign_up, settings=settings)):
            yield
    finally:
        passwords.close()


module = Module(
    name="accounts",
    routers=(users_router, sessions_router, verifications_router, resets_router),
    open=_open,
    settings=AccountSettings,
)
