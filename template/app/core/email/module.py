"""The module that provides the e-mail backend."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.email.backends import EmailBackend, make_backend
from app.core.email.delivery import send_email
from app.core.email.settings import EmailSettings
from app.core.module import Module
from app.core.services import get, provide


@asynccontextmanager
async def _open_backend(_app: FastAPI) -> AsyncIterator[None]:
    with provide(EmailBackend, make_backend(get(EmailSettings))):
        yield


module = Module(name="email", open=_open_backend, settings=EmailSettings, jobs=(send_email,))
