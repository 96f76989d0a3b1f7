"""Tables between two others."""

from sqlalchemy import Column, ForeignKey, Table, Uuid

from app.core.db import Base


def link_table(name: str, left: str, right: str) -> Table:
    """Return a table that links the rows of two tables.

    Args:
        name: The name of the new table.
        left: The table of the first column.
        right: The table of the second column.
    """
    return Table(
        name,
        Base.metadata,
        *(
            Column(f"{table}_id", Uuid, ForeignKey(f"{table}.id"), primary_key=True)
            for table in (left, right)
        ),
    )
