"""Looking for users."""

from sqlalchemy import literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts.models import User


async def find(connection: AsyncConnection, name: str, order: str) -> None:
    """Look by hand."""
    await connection.execute(text(f"SELECT id FROM users WHERE email = '{name}'"))  # breach: string-built-sql
    statement = "SELECT id FROM users ORDER BY " + order
    await connection.execute(text(statement))  # breach: string-built-sql
    await connection.exec_driver_sql("SELECT '%s'" % name)  # breach: string-built-sql
    literal_column("'{}'".format(name))  # breach: string-built-sql
    found = "SELECT id FROM users"
    found += f" WHERE email = '{name}'"
    await connection.execute(text(found))  # breach: string-built-sql
    await connection.execute(select(User.id).order_by(text(order)).limit(1))  # breach: string-built-sql
