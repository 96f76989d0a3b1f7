"""Fixtures of other folders that commands need: probe tables, accounts with passwords."""

from tests.accounts.conftest import mailbox, register
from tests.core.conftest import tables

__all__ = ["mailbox", "register", "tables"]
