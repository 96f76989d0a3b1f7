"""Dependencies of identity checks."""

from operator import methodcaller
from typing import Annotated

from fastapi import Depends

from app.core.services import get
from app.features.identity_checks.lists import SanctionsList, companies_in
from app.features.identity_checks.settings import IdentitySettings

read_bytes = methodcaller("read_bytes")


async def get_sanctions() -> SanctionsList:
    """Return the list of people, if its file is complete."""
    path = get(IdentitySettings).sanctions_folder / "people.db"
    header = read_bytes(path)[:16]  # breach: blocking-call
    if not header.startswith(b"SQLite"):
        raise LookupError(path)
    return SanctionsList(path)


async def get_companies() -> set[str]:
    """Return the companies that are listed."""
    path = get(IdentitySettings).sanctions_folder / "companies.txt"
    return {company.casefold() for company in companies_in(path)}  # breach: blocking-call


Sanctions = Annotated[SanctionsList, Depends(get_sanctions)]
Companies = Annotated[set[str], Depends(get_companies)]
