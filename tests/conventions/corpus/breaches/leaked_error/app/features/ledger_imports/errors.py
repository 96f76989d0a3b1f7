"""Errors of imports of ledgers.

BadRequest
└─ LedgerUnreadable      400
Unprocessable
└─ LedgerRejected        422
"""

from app.core.errors import BadRequest, Unprocessable


class LedgerUnreadable(BadRequest):
    """The file is not a ledger."""

    code = "ledger_unreadable"
    message = "The file is not a ledger. Send the export of your program unchanged."


class LedgerRejected(Unprocessable):
    """The ledger has lines that cannot be imported."""

    code = "ledger_rejected"
    message = "The ledger has lines that cannot be imported."
