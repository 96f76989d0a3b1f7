"""Endpoints of the course catalogue."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    InvalidCursor,
    Page,
    PageEnvelope,
    Router,
    errors,
)
from app.core.db import ReadSession
from app.features.course_catalogue import service
from app.features.course_catalogue.errors import CourseNotFound
from app.features.course_catalogue.models import Course
from app.features.course_catalogue.schemas import CourseCard, CourseOut, CourseQuery

router = Router(prefix=API_V1, tags=["courses"])


@router.get(
    "/course-cards", response_model=PageEnvelope[CourseCard], responses=errors(InvalidCursor)
)
async def list_course_cards(
    session: ReadSession, query: Annotated[CourseQuery, Query()]
) -> Page[Course]:
    """List the courses of the catalogue, page by page."""
    return await service.list_courses(session, query)


@router.get(
    "/courses/{course_id}", response_model=Envelope[CourseOut], responses=errors(CourseNotFound)
)
async def read_course(session: ReadSession, course_id: UUID) -> DataResponse[Course]:
    """Return a course with its lessons."""
    return DataResponse(await service.get_course(session, course_id))
