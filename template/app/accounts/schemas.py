"""What comes in and what goes out."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import MISSING, AfterValidator, ConfigDict, Field, SecretStr, model_validator

from app.accounts.models import Role, User, UserSession
from app.core.api import (
    EmailAddress,
    Filter,
    ListQuery,
    Orders,
    RequestModel,
    ResponseModel,
    UtcDatetime,
    normalized_email,
)

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"


def _require_text(secret: SecretStr) -> SecretStr:
    try:
        secret.get_secret_value().encode()
    except UnicodeEncodeError:
        message = "holds half a character, which cannot be stored"
        raise ValueError(message) from None
    return secret


Secret = Annotated[SecretStr, AfterValidator(_require_text)]
NewPassword = Annotated[
    Secret,
    Field(min_length=12, max_length=128, examples=["correct horse battery staple"]),
]
GivenPassword = Annotated[
    Secret,
    Field(min_length=1, max_length=128, examples=["correct horse battery staple"]),
]
GivenToken = Annotated[
    Secret,
    Field(min_length=1, max_length=100, examples=["q3ZxN0vCk4c2Qe3f9hXzq1uYpQy5cWm8T2rJd6aVb7k"]),
]


class SignUp(RequestModel):
    """An account to open."""

    email: EmailAddress
    password: NewPassword


class SignUpOut(ResponseModel):
    """What to do next: follow the link that was sent to the address, or log in at once."""

    email: str = Field(examples=["ada@example.com"])
    next: Literal["verify_address", "log_in"] = Field(examples=["verify_address"])


class LogIn(RequestModel):
    """Who wants to log in."""

    email: EmailAddress
    password: GivenPassword


class AddressIn(RequestModel):
    """Where to send a link."""

    email: EmailAddress


class AddressOut(ResponseModel):
    """Where a link was sent, if there is an account that waits for it."""

    email: str = Field(examples=["ada@example.com"])


class TokenIn(RequestModel):
    """A token that was mailed."""

    token: GivenToken


class PasswordReset(TokenIn):
    """A new password for the owner of the token."""

    password: NewPassword


class PasswordChange(RequestModel):
    """A new password for the user who is logged in."""

    current_password: GivenPassword
    password: NewPassword


class AddressChange(RequestModel):
    """A new address for the user who is logged in."""

    email: EmailAddress
    current_password: GivenPassword


class UserOut(ResponseModel):
    """Somebody with an account."""

    id: UUID = Field(examples=[_ID])
    email: str = Field(examples=["ada@example.com"])
    role: str = Field(examples=["user"], json_schema_extra={"enum": [*Role]})
    verified_at: datetime | None = Field(
        description="When the address was proven.", examples=["2026-01-31T12:00:00Z"]
    )
    created_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])
    updated_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])


class AccountOut(UserOut):
    """Somebody with an account, as administrators see it."""

    disabled_at: datetime | None = Field(
        description="Since when they cannot log in.", examples=[None]
    )


class AccountPatch(RequestModel):
    """What an administrator changes of an account; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    role: Role | MISSING = Field(default=MISSING, examples=["admin"])
    disabled: bool | MISSING = Field(
        default=MISSING, description="true ends every session of the user.", examples=[True]
    )

    @model_validator(mode="after")
    def _require_a_change(self) -> Self:
        if not self.model_fields_set:
            message = "give at least one of role and disabled"
            raise ValueError(message)
        return self


class AccountQuery(ListQuery):
    """Which accounts to list, and in which order."""

    sort: Annotated[
        Literal["created_at", "-created_at", "email", "-email"],
        Orders(created_at=[User.created_at, User.id], email=[User.email_key]),
    ] = Field(default="-created_at", description="`-` turns it round.", examples=["email"])
    role: Annotated[Role | None, Filter(User.role.__eq__)] = Field(
        default=None, description="Only users of this role.", examples=["admin"]
    )
    email: Annotated[
        EmailAddress | None, Filter(lambda given: User.email_key == normalized_email(given))
    ] = Field(default=None, description="Only the user of this address.")
    created_since: Annotated[UtcDatetime | None, Filter(User.created_at.__ge__)] = Field(
        default=None, description="Only users since then.", examples=["2026-01-31T12:00:00Z"]
    )


class OpenedSessionOut(ResponseModel):
    """A new session, with the token that proves it."""

    id: UUID = Field(examples=[_ID])
    token: str = Field(
        description="Send it as `Authorization: Bearer …`. It is not shown again.",
        examples=["q3ZxN0vCk4c2Qe3f9hXzq1uYpQy5cWm8T2rJd6aVb7k"],
    )
    expires_at: datetime = Field(
        description="When it ends if it is not used.", examples=["2026-02-14T12:00:00Z"]
    )
    ends_at: datetime = Field(
        description="When it ends in any case.", examples=["2026-05-01T12:00:00Z"]
    )


class SessionOut(ResponseModel):
    """A log-in."""

    id: UUID = Field(examples=[_ID])
    current: bool = Field(description="Whether it is the one that asks.", examples=[True])
    created_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])
    last_seen_at: datetime = Field(
        description="Written down every few minutes.", examples=["2026-01-31T12:00:00Z"]
    )
    expires_at: datetime = Field(examples=["2026-02-14T12:00:00Z"])
    ends_at: datetime = Field(examples=["2026-05-01T12:00:00Z"])
    user_agent: str | None = Field(examples=["Mozilla/5.0"])
    address: str | None = Field(examples=["203.0.113.7"])


class SessionQuery(ListQuery):
    """Which sessions of one's own to list, and in which order."""

    sort: Annotated[
        Literal["created_at", "-created_at"],
        Orders(created_at=[UserSession.created_at, UserSession.id]),
    ] = Field(default="-created_at", description="`-` starts with the newest.")
