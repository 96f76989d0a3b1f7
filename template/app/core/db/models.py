"""The base of every model, and the column types of the conventions.

    class Note(Base):
        __tablename__ = "notes"

        id: Mapped[UuidKey]
        text: Mapped[str]
        due_at: Mapped[datetime | None]
        created_at: Mapped[CreatedAt]
        updated_at: Mapped[UpdatedAt]
        tags: Mapped[list[Tag]] = relationship(lazy="raise")

A `datetime` is a `timestamptz` that refuses naive values. After a flush, the values that the
database sets, such as `updated_at`, can be read. A relationship that would load lazily is
refused when the mappers are configured: load `tags` with `selectinload()` where it is needed.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from sqlalchemy import DateTime, MetaData, Uuid, event, func
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapper, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine
from uuid_utils.compat import uuid7

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A `timestamptz` that refuses naive values and stores UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """The Python type of a value, to which a page cursor is parsed."""
        return datetime

    def process_bind_param(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy passes it
    ) -> datetime | None:
        """Convert an aware value to UTC.

        Raises:
            ValueError: The value has no time zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"{value!r} has no time zone: use datetime.now(UTC) or .astimezone(UTC)"
            raise ValueError(message)
        return value.astimezone(UTC)


class Base(DeclarativeBase):
    """Declarative base of every model in the service."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar[dict[type, TypeEngine[Any]]] = {
        datetime: UtcDateTime(),
        UUID: Uuid(),
    }


UuidKey = Annotated[UUID, mapped_column(primary_key=True, default=uuid7)]
"""A primary key that clients may see: a UUIDv7, which keeps new rows together in the index."""

CreatedAt = Annotated[datetime, mapped_column(server_default=func.now())]
"""The time of the insert, by the database's clock."""

UpdatedAt = Annotated[datetime, mapped_column(server_default=func.now(), onupdate=func.now())]
"""The time of the last change through the ORM, by the database's clock."""


@event.listens_for(Mapper, "mapper_configured")
def _fetch_server_values(mapper: Mapper[object], _: type[object]) -> None:
    """Fetch the values that the database sets in the statement that writes the row."""
    # By default an UPDATE expires them instead; a response that reads one then fails, since it
    # cannot load it. A model that sets the option keeps its choice.
    if mapper.eager_defaults == "auto":
        mapper.eager_defaults = True


@event.listens_for(Mapper, "mapper_configured")
def _refuse_lazy_loading(mapper: Mapper[object], class_: type[object]) -> None:
    """Refuse a relationship that loads lazily: lazy loading causes N+1 queries."""
    for relationship in mapper.relationships:
        if relationship.lazy in {"select", True}:
            message = (
                f"{class_.__name__}.{relationship.key} would load implicitly: declare it with "
                "relationship(lazy='raise') and load it with selectinload() or joinedload()"
            )
            raise TypeError(message)
