"""Bank feeds: the statements of bank accounts, fetched from the banks' servers."""
