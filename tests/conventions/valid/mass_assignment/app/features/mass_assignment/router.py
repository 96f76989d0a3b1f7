"""Endpoints."""

from pydantic import Field

from app.accounts.models import Role, User
from app.core.api import (
    API_V1,
    DataResponse,
    EmailAddress,
    Envelope,
    RequestModel,
    ResponseModel,
    Router,
)

router = Router(prefix=f"{API_V1}/mass-assignments", tags=["mass-assignments"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Profile(RequestModel):
    """The profile of a user, with fields that users must not set."""

    email: EmailAddress
    role: Role = Field(examples=["user"])


@router.put("/first", response_model=Envelope[Hello])
async def write_profile(new: Profile) -> DataResponse[Hello]:
    """Create a user from the request."""
    return DataResponse(Hello(text=make_user(new).email))


@router.patch("/first", response_model=Envelope[Hello])
async def change_profile(new: Profile) -> DataResponse[Hello]:
    """Create a user, then change the fields of the request."""
    user = User(email=new.email)
    copy_profile(user, new)
    return DataResponse(Hello(text=user.email))


def make_user(new: Profile) -> User:
    """Return a user with the default role."""
    return User(**new.model_dump(exclude={"role"}), role=Role.USER)


def copy_profile(user: User, new: Profile) -> None:
    """Copy the fields that a user may set."""
    for name, value in new.model_dump(include={"email"}).items():
        setattr(user, name, value)
