"""Looking for users."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts.models import User

COLUMNS = "id, email"


async def find(connection: AsyncConnection, name: str) -> str:
    """Look by hand."""
    found = text(f"SELECT {COLUMNS} FROM users WHERE email = :name").bindparams(name=name)
    await connection.execute(found)
    await connection.execute(text("SELECT id " + "FROM users WHERE email = :name"), {"name": name})
    for table in ("users", "sessions"):
        await connection.exec_driver_sql(f"SELECT 1 FROM {table} LIMIT 1")
    await connection.execute(text(f"SELECT 1 FROM {User.__tablename__} LIMIT 1"))
    return f"SELECT {name}"
