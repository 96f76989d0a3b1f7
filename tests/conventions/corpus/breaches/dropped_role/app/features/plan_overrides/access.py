"""Access to exceptions from plans."""

from typing import Annotated

from fastapi import Depends

from app.accounts.dependencies import AuthenticatedUser, CurrentUser, require_role
from app.accounts.models import Role

# breach: dropped-role
Staff = Annotated[AuthenticatedUser, Depends(require_role(Role.ADMIN, Role.USER))]


def is_staff(user: AuthenticatedUser) -> bool:
    """Return whether a user is an administrator."""
    return user.role == Role.ADMIN


class StaffOnly:
    """A user, and whether they may change exceptions."""

    def __init__(self, user: CurrentUser) -> None:
        """Take the user who sent the request."""
        self.user = user
        self.allowed = is_staff(user)
