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
    """What a user says of themselves, and more."""

    email: EmailAddress
    role: Role = Field(examples=["user"])


@router.put("/first", response_model=Envelope[Hello])
async def write_profile(new: Profile) -> DataResponse[Hello]:
    """Make a user of what came."""
    return DataResponse(Hello(text=make_user(new).email))


@router.patch("/first", response_model=Envelope[Hello])
async def change_profile(new: Profile) -> DataResponse[Hello]:
    """Make a user, then change what came."""
    user = User(email=new.email)
    copy_profile(user, new)
    return DataResponse(Hello(text=user.email))


def make_user(new: Profile) -> User:
    """Return a user of the role that everybody begins with."""
    return User(**new.model_dump(exclude={"role"}), role=Role.USER)


def copy_profile(user: User, new: Profile) -> None:
    """Take over what a user may say."""
    for name, value in new.model_dump(include={"email"}).items():
        setattr(user, name, value)
