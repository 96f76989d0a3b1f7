"""Errors of requests for the journal.

NotFound
├─ JournalAccountNotFound   404
└─ JournalEntryNotFound     404
"""

from app.core.errors import NotFound


class JournalAccountNotFound(NotFound):
    """The user has no account with this id in the books."""

    code = "journal_account_not_found"
    message = "Your books have no account with this id."


class JournalEntryNotFound(NotFound):
    """The user has no entry with this id."""

    code = "journal_entry_not_found"
    message = "Your journal has no entry with this id."
