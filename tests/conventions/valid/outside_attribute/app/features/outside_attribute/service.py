"""Orders of lists."""

from sqlalchemy import Select, select

from app.accounts.models import User

COLUMNS = {"age": User.created_at, "name": User.email_key}


def ordered(column: str) -> Select[User]:
    """Return the users in an order."""
    if column == "id":
        return select(User).order_by(getattr(User, column)).limit(10)
    return select(User).order_by(COLUMNS[column]).limit(10)
