"""A function of a service, around an example."""

import asyncio
import hmac
import os
import threading
import time
from asyncio import sleep
from itertools import batched
from random import random
from uuid import UUID

import structlog
from fastapi import FastAPI, HTTPException
from sqlalchemy import delete, exists, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.middleware.cors import CORSMiddleware

from app.accounts.models import User
from app.accounts.normalized import normalized_email
from app.core.api import ListQuery, paginate
from app.core.db import release_connection
from app.core.errors import BadRequest, UpstreamError
from app.core.guards import lock
from app.core.http import HttpClient
from app.core.services import get
from app.features.example_notes.models import Note, NoteNotFound, Page
from app.features.example_notes.settings import NotesSettings

log = structlog.get_logger()
threading_lock = threading.Lock()


async def work(
    session: AsyncSession,
    client: HttpClient,
    query: ListQuery,
    note: Note,
    user: User,
    given_token: str,
    expected_token: str,
    app: FastAPI,
    note_id: UUID,
    page_id: UUID,
    title: str,
    email: str,
    page: int,
) -> object:
    """Do the work of an example."""
    EXAMPLE  # frame
