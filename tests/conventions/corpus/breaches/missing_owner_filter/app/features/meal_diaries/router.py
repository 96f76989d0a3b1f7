"""Endpoints of diaries."""

from uuid import UUID

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, Router, errors
from app.core.db import ReadSession, Session
from app.features.meal_diaries.errors import DiaryNotFound, MealPhotoNotFound
from app.features.meal_diaries.models import MealDiary, MealPhoto
from app.features.meal_diaries.repository import DiaryRepository, PhotoRepository, counter
from app.features.meal_diaries.schemas import DiaryOut, PhotoCountOut, PhotoOut

router = Router(prefix=f"{API_V1}/meal-diaries", tags=["meal-diaries"])


@router.get("/{diary_id}", response_model=Envelope[DiaryOut], responses=errors(DiaryNotFound))
async def read_diary(
    _: CurrentUser, session: ReadSession, diary_id: UUID
) -> DataResponse[MealDiary]:
    """Return one of your diaries."""
    diary = await DiaryRepository(session).find(diary_id)
    if diary is None:
        raise DiaryNotFound
    return DataResponse(diary)


@router.delete("/{diary_id}", status_code=204, responses=errors(DiaryNotFound))
async def delete_diary(_: CurrentUser, session: Session, diary_id: UUID) -> None:
    """Delete one of your diaries."""
    if not await DiaryRepository(session).drop(diary_id):
        raise DiaryNotFound


@router.get(
    "/photos/{photo_id}", response_model=Envelope[PhotoOut], responses=errors(MealPhotoNotFound)
)
async def read_photo(
    _: CurrentUser, session: ReadSession, photo_id: UUID
) -> DataResponse[MealPhoto]:
    """Return one of your photos."""
    if photo := await PhotoRepository(session).find(photo_id):
        return DataResponse(photo)
    raise MealPhotoNotFound


@router.get("/{diary_id}/photo-count", response_model=Envelope[PhotoCountOut])
async def count_photos(
    _: CurrentUser, session: ReadSession, diary_id: UUID
) -> DataResponse[PhotoCountOut]:
    """Return the number of photos in one of your diaries."""
    count = counter(session)
    return DataResponse(PhotoCountOut(photos=await count(diary_id)))
