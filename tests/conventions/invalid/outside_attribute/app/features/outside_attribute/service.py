"""Orders of lists."""

from sqlalchemy import Select, select

from app.accounts.models import User


def ordered(column: str) -> Select[User]:
    """Return the users in an order."""
    return select(User).order_by(getattr(User, column)).limit(10)  # violates: outside-attribute
