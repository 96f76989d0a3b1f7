"""Looking for users."""

from sqlalchemy import literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts.models import User


async def find(connection: AsyncConnection, name: str, order: str) -> None:
    """Look by hand."""
    await connection.execute(text(f"SELECT id FROM users WHERE email = '{name}'"))  # violates: string-built-sql
    statement = "SELECT id FROM users ORDER BY " + order
    await connection.execute(text(statement))  # violates: string-built-sql
    await connection.exec_driver_sql("SELECT '%s'" % name)  # violates: string-built-sql
    literal_column("'{}'".format(name))  # violates: string-built-sql
    found = "SELECT id FROM users"
    found += f" WHERE email = '{name}'"
    await connection.execute(text(found))  # violates: string-built-sql
    await connection.execute(select(User.id).order_by(text(order)).limit(1))  # violates: string-built-sql
