"""Endpoints of flags."""

from typing import Annotated

from fastapi import Query, Request, Response

from app.accounts.dependencies import Admin, CurrentUser
from app.accounts.errors import InsufficientRole
from app.core.api import (
    API_V1,
    IF_MATCH_ERRORS,
    DataResponse,
    Envelope,
    IfMatch,
    InvalidCursor,
    Page,
    PageEnvelope,
    Router,
    errors,
    make_etag,
    with_etag,
    with_location,
)
from app.core.db import ReadSession, Session
from app.core.db.errors import ForeignKeyViolated
from app.features.flag_rollouts import service
from app.features.flag_rollouts.errors import FlagExists, FlagNotFound
from app.features.flag_rollouts.models import FeatureFlag
from app.features.flag_rollouts.schemas import (
    FlagIn,
    FlagName,
    FlagOut,
    FlagPatch,
    FlagQuery,
    OverrideIn,
    OwnFlagsOut,
)

router = Router(prefix=f"{API_V1}/feature-flags", tags=["feature flags"])


@router.get(
    "",
    response_model=PageEnvelope[FlagOut],
    responses=errors(InsufficientRole, InvalidCursor),
)
async def list_feature_flags(
    _: Admin, session: ReadSession, query: Annotated[FlagQuery, Query()]
) -> Page[FeatureFlag]:
    """List the flags. Administrators only."""
    return await service.list_flags(session, query)


# Above the route with a name in its path, which would take `mine` for a flag.
@router.get("/mine", response_model=Envelope[OwnFlagsOut])
async def read_own_flags(user: CurrentUser, session: ReadSession) -> DataResponse[service.OwnFlags]:
    """Return the flags that are on for you."""
    return DataResponse(await service.flags_of(session, user.id))


@router.post(
    "",
    response_model=Envelope[FlagOut],
    status_code=201,
    responses=with_location(FlagExists, InsufficientRole),
)
async def create_feature_flag(
    _: Admin, session: Session, new: FlagIn, request: Request, response: Response
) -> DataResponse[FeatureFlag]:
    """Create a flag. Administrators only."""
    flag = await service.create_flag(session, new)
    response.headers["Location"] = f"{request.url.path}/{flag.name}"
    return DataResponse(flag)


@router.patch(
    "/{name}",
    response_model=Envelope[FlagOut],
    responses=with_etag(errors(FlagNotFound, InsufficientRole, *IF_MATCH_ERRORS)),
)
async def change_feature_flag(
    _: Admin,
    session: Session,
    name: FlagName,
    patch: FlagPatch,
    expected: IfMatch,
    response: Response,
) -> DataResponse[FeatureFlag]:
    """Change the share or the note of a flag. Administrators only."""
    flag = await service.change_flag(session, name, patch, expected=expected)
    response.headers["ETag"] = make_etag(flag.version)
    return DataResponse(flag)


@router.put(
    "/{name}/override",
    status_code=204,
    responses=errors(FlagNotFound, ForeignKeyViolated, InsufficientRole),
)
async def fix_feature_flag(
    _: Admin, session: Session, name: FlagName, override: OverrideIn
) -> None:
    """Fix a flag for one user. Administrators only."""
    await service.fix_for_user(session, name, override)
