from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from uuid import UUID

import pytest
from sqlalchemy import ForeignKey, select
from sqlalchemy.exc import InvalidRequestError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    configure_mappers,
    mapped_column,
    relationship,
)

from app.core.db import Base
from tests.core.probes import Probe, ProbeBase

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.usefixtures("tables")
async def test_a_naive_datetime_is_refused_by_the_column(session: AsyncSession) -> None:
    session.add(Probe(name="one", seen_at=NOON.replace(tzinfo=None)))
    with pytest.raises(StatementError, match="has no time zone"):
        await session.flush()


@pytest.mark.usefixtures("tables")
async def test_other_zones_become_utc(session: AsyncSession) -> None:
    kathmandu = timezone(timedelta(hours=5, minutes=45))
    probe = Probe(name="one", seen_at=NOON.astimezone(kathmandu))
    session.add(probe)
    await session.flush()
    await session.refresh(probe)
    assert (probe.seen_at, probe.seen_at.utcoffset()) == (NOON, timedelta(0))


@pytest.mark.usefixtures("tables")
async def test_ids_are_version_7_and_ordered(session: AsyncSession) -> None:
    probes = [Probe(name=str(number)) for number in range(50)]
    session.add_all(probes)
    await session.flush()
    assert all(isinstance(probe.id, UUID) and probe.id.version == 7 for probe in probes)
    assert all(earlier.id < later.id for earlier, later in pairwise(probes))


def test_the_service_and_the_probes_name_types_alike() -> None:
    assert {kind: str(type(column)) for kind, column in Base.type_annotation_map.items()} == {
        kind: str(type(column)) for kind, column in Probe.type_annotation_map.items()
    }


def test_constraint_names_follow_the_convention() -> None:
    assert Base.metadata.naming_convention == ProbeBase.metadata.naming_convention
    tables = ProbeBase.metadata.tables
    names = {str(rule.name) for table in tables.values() for rule in table.constraints}
    assert names == {
        "pk_probes",
        "uq_probes_name",
        "ck_probes_amount_not_negative",
        "pk_probe_parts",
        "fk_probe_parts_probe_id_probes",
        "pk_probe_slots",
        "uq_probe_slots_number",
    }
    indexes = tables["probe_parts"].indexes
    assert [str(index.name) for index in indexes] == ["ix_probe_parts_probe_id"]


@pytest.mark.usefixtures("tables")
async def test_a_relationship_raises_when_it_was_not_loaded(session: AsyncSession) -> None:
    session.add(Probe(name="one"))
    await session.flush()
    session.expunge_all()
    loaded = (await session.scalars(select(Probe))).one()
    with pytest.raises(InvalidRequestError, match="lazy='raise'"):
        _ = loaded.parts


def test_a_relationship_that_would_load_by_itself_is_refused() -> None:
    class OtherBase(DeclarativeBase):
        pass

    class Parent(OtherBase):
        __tablename__ = "parents"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Child(OtherBase):
        __tablename__ = "children"
        id: Mapped[int] = mapped_column(primary_key=True)
        parent_id: Mapped[int] = mapped_column(ForeignKey(Parent.id))
        parent: Mapped[Parent] = relationship()

    try:
        with pytest.raises(TypeError, match=r"Child\.parent would load implicitly"):
            configure_mappers()
    finally:
        OtherBase.registry.dispose()
