"""Tables of an example."""

from uuid import UUID

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from app.accounts.models import User
from app.accounts.owned import Owned
from app.core.db import Base, UuidKey

EXAMPLE  # frame
