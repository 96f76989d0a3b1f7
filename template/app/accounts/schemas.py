"""Requests and responses of the accounts API."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import (
    MISSING,
    AfterValidator,
    ConfigDict,
    Field,
    SecretStr,
    StrictBool,
    model_validator,
)

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
        message = "contains half of a surrogate pair, which cannot be stored"
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
    """A sign-up."""

    email: EmailAddress
    password: NewPassword | None = Field(
        default=None,
        examples=["correct horse battery staple"],
        description="Only where the service sends no email; else the link asks for it.",
    )


class SignUpOut(ResponseModel):
    """The next step: follow the link that was sent to the address, or log in."""

    email: str = Field(examples=["ada@example.com"])
    next: Literal["verify_address", "log_in"] = Field(examples=["verify_address"])


class LogIn(RequestModel):
    """The credentials of a log-in."""

    email: EmailAddress
    password: GivenPassword


class AddressIn(RequestModel):
    """The address to send a link to."""

    email: EmailAddress


class AddressOut(ResponseModel):
    """The address that a link was sent to, if its account needs one."""

    email: str = Field(examples=["ada@example.com"])


class TokenIn(RequestModel):
    """A token received by email."""

    token: GivenToken


class PasswordReset(TokenIn):
    """A new password, authorized by a token that was received by email."""

    password: NewPassword


class PasswordChange(RequestModel):
    """A new password, authorized by the current one."""

    current_password: GivenPassword
    password: NewPassword


class AccountDeletion(RequestModel):
    """The deletion of one's account, authorized by the current password."""

    current_password: GivenPassword


class AddressChange(RequestModel):
    """A new address, authorized by the current password."""

    email: EmailAddress
    current_password: GivenPassword


class UserOut(ResponseModel):
    """An account."""

    id: UUID = Field(examples=[_ID])
    email: str = Field(examples=["ada@example.com"])
    role: str = Field(examples=["user"], json_schema_extra={"enum": [*Role]})
    verified_at: datetime | None = Field(
        description="The time at which the address was verified.", examples=["2026-01-31T12:00:00Z"]
    )
    created_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])
    updated_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])


class AccountOut(UserOut):
    """An account as administrators see it."""

    disabled_at: datetime | None = Field(
        description="The time at which the account was disabled, if it is.", examples=[None]
    )


class AccountPatch(RequestModel):
    """An administrator's changes of an account; omitted fields stay unchanged."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    role: Role | MISSING = Field(default=MISSING, examples=["admin"])
    disabled: StrictBool | MISSING = Field(
        default=MISSING, description="true ends every session of the user.", examples=[True]
    )

    @model_validator(mode="after")
    def _require_a_change(self) -> Self:
        if not self.model_fields_set:
            message = "at least one of role and disabled is required"
            raise ValueError(message)
        return self


class AccountQuery(ListQuery):
    """The query parameters of the list of accounts."""

    sort: Annotated[
        Literal["created_at", "-created_at", "email", "-email"],
        Orders(created_at=[User.created_at, User.id], email=[User.email_key]),
    ] = Field(default="-created_at", description="`-` reverses the order.", examples=["email"])
    role: Annotated[Role | None, Filter(User.role.__eq__)] = Field(
        default=None, description="Only users of this role.", examples=["admin"]
    )
    email: Annotated[
        EmailAddress | None, Filter(lambda given: User.email_key == normalized_email(given))
    ] = Field(default=None, description="Only the user of this address.")
    created_since: Annotated[UtcDatetime | None, Filter(User.created_at.__ge__)] = Field(
        default=None,
        description="Only users created since then.",
        examples=["2026-01-31T12:00:00Z"],
    )


class OpenedSessionOut(ResponseModel):
    """A new session with its token."""

    id: UUID = Field(examples=[_ID])
    token: str = Field(
        description="Send it as `Authorization: Bearer …`. It is not shown again.",
        examples=["q3ZxN0vCk4c2Qe3f9hXzq1uYpQy5cWm8T2rJd6aVb7k"],
    )
    expires_at: datetime = Field(
        description="The time at which it expires when unused.", examples=["2026-02-14T12:00:00Z"]
    )
    ends_at: datetime = Field(
        description="The time at which it ends in any case.", examples=["2026-05-01T12:00:00Z"]
    )


class SessionOut(ResponseModel):
    """A session."""

    id: UUID = Field(examples=[_ID])
    current: bool = Field(description="Whether this request belongs to it.", examples=[True])
    created_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])
    last_seen_at: datetime = Field(
        description="Updated every few minutes.", examples=["2026-01-31T12:00:00Z"]
    )
    expires_at: datetime = Field(examples=["2026-02-14T12:00:00Z"])
    ends_at: datetime = Field(examples=["2026-05-01T12:00:00Z"])
    user_agent: str | None = Field(examples=["Mozilla/5.0"])
    address: str | None = Field(examples=["203.0.113.7"])


class SessionQuery(ListQuery):
    """The query parameters of the list of sessions."""

    sort: Annotated[
        Literal["created_at", "-created_at"],
        Orders(created_at=[UserSession.created_at, UserSession.id]),
    ] = Field(default="-created_at", description="`-` starts with the newest.")
