"""Request and response models of the course catalogue."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AliasPath, Field

from app.core.api import ListQuery, Orders, ResponseModel
from app.features.course_catalogue.models import Course

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"


class CourseQuery(ListQuery):
    """The order of a list of courses."""

    sort: Annotated[
        Literal["created_at", "-created_at"], Orders(created_at=[Course.created_at, Course.id])
    ] = Field(default="-created_at", examples=["created_at"])


class LessonOut(ResponseModel):
    """A lesson of a course."""

    id: UUID = Field(examples=[_ID])
    title: str = Field(examples=["Double-entry bookkeeping"])
    minutes: int = Field(examples=[25])


class CourseOut(ResponseModel):
    """A course with its lessons."""

    id: UUID = Field(examples=[_ID])
    title: str = Field(examples=["Accounting for founders"])
    instructor: str = Field(validation_alias=AliasPath("instructor_name"), examples=["Ada Byron"])
    lessons: list[LessonOut]


class CourseCard(ResponseModel):
    """A course in a list."""

    id: UUID = Field(examples=[_ID])
    title: str = Field(examples=["Accounting for founders"])
    instructor: str = Field(validation_alias=AliasPath("instructor_name"), examples=["Ada Byron"])
    created_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])
