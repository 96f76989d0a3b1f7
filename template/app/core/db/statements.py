"""Statements that are derived from others, such as a page of a list, built once.

    @derived_once
    def newest_first(statement: Select[Note], limit: int) -> Select[Note]:
        return statement.order_by(Note.created_at.desc()).limit(limit)

To build a statement costs as much as to execute it. And SQLAlchemy keeps much of what it computes
for a statement with the object: the key of its compiled form, the columns of its result.
"""

from collections.abc import Callable, Hashable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Executable

StatementT = TypeVar("StatementT", bound=Executable)


def derived_once(derive: Callable[..., StatementT]) -> Callable[..., StatementT]:
    """Return a function that calls another once for each statement and each further arguments.

    What it returns is kept as long as the statement exists: a statement that a request builds
    takes its derivations with it.

    Args:
        derive: Returns a statement for a statement and hashable arguments.
    """
    known: WeakKeyDictionary[Executable, dict[Hashable, StatementT]] = WeakKeyDictionary()

    @wraps(derive)
    def find(statement: Executable, *arguments: Hashable) -> StatementT:
        derived = known.setdefault(statement, {})
        if arguments not in derived:
            derived[arguments] = derive(statement, *arguments)
        return derived[arguments]

    return find
