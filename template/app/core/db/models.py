"""The base of every table, and the column types that the conventions ask for."""

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, NoReturn
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
        """What a value is in Python; a cursor is read back as this."""
        return datetime

    def process_bind_param(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy passes it
    ) -> datetime | None:
        """Turn an aware value into UTC.

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
"""A primary key that may leave the service: UUIDv7, so that new rows lie side by side."""

CreatedAt = Annotated[datetime, mapped_column(server_default=func.now())]
"""When the row was inserted, by the database's clock."""

UpdatedAt = Annotated[datetime, mapped_column(server_default=func.now(), onupdate=func.now())]
"""When the row was last changed through the ORM, by the database's clock."""


@event.listens_for(Mapper, "mapper_configured")
def _refuse_implicit_loading(mapper: Mapper[object], class_: type[object]) -> None:
    """Refuse a relationship that would load by itself: that is where N+1 queries come from."""
    for relationship in mapper.relationships:
        if relationship.lazy in {"select", True}:
            _raise_implicit(f"{class_.__name__}.{relationship.key}")


def _raise_implicit(name: str) -> NoReturn:
    message = (
        f"{name} would load implicitly: declare it with relationship(lazy='raise') and load it "
        f"where it is needed with selectinload() or joinedload()"
    )
    raise TypeError(message)
