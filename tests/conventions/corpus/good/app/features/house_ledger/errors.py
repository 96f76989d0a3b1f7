"""Errors of the ledger.

LedgerError            422, the common base
├─ UnbalancedLines
├─ MixedCurrencies
└─ RepeatedAccount
LedgerAccountNotFound  404
AccountFrozen          409
OverdrawnAccount       409
"""

from app.core.errors import Conflict, NotFound, Unprocessable


class LedgerError(Unprocessable):
    """The lines of a transaction contradict each other."""


class UnbalancedLines(LedgerError):
    """The lines do not add up to zero."""

    code = "ledger_lines_unbalanced"
    message = "The lines of a transaction must add up to zero. Check the signs of the amounts."


class MixedCurrencies(LedgerError):
    """The accounts of a transaction have several currencies."""

    code = "ledger_currencies_mixed"
    message = "All accounts of a transaction must have one currency. Convert in two transactions."


class RepeatedAccount(LedgerError):
    """Two lines name the same account."""

    code = "ledger_account_repeated"
    message = "Each account may appear in one line. Add its amounts up."


class LedgerAccountNotFound(NotFound):
    """The user has no account with this id."""

    code = "ledger_account_not_found"
    message = "You have no ledger account with this id."


class AccountFrozen(Conflict):
    """An account is closed for postings."""

    code = "ledger_account_frozen"
    message = "One of the accounts is frozen. Thaw it first, or post to another one."


class OverdrawnAccount(Conflict):
    """A posting would take an account below its limit."""

    code = "ledger_account_overdrawn"
    message = "The balance of one of the accounts is too low for this transaction."
