"""Services of the course catalogue."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session as SyncSession
from sqlalchemy.orm import lazyload, selectinload

from app.core.api import Page, paginate
from app.features.course_catalogue.errors import CourseNotFound
from app.features.course_catalogue.models import Course, Instructor, Lesson
from app.features.course_catalogue.schemas import CourseQuery

MAX_LESSONS = 200


async def list_courses(session: AsyncSession, query: CourseQuery) -> Page[Course]:
    """Return one page of the courses; a card shows the name of the instructor."""
    return await paginate(session, select(Course), query)  # breach: unloaded-relation


async def get_course(session: AsyncSession, course_id: UUID) -> Course:
    """Return a course with its lessons, for the page of the course.

    Raises:
        CourseNotFound: No course has this id.
    """
    by_id = _with_lessons(select(Course)).where(Course.id == course_id)
    course: Course | None = await session.scalar(by_id)  # breach: unloaded-relation
    if course is None:
        raise CourseNotFound
    return course


def _with_lessons(statement: Select[Course]) -> Select[Course]:
    return statement.options(selectinload(Course.lessons))


async def total_minutes(session: AsyncSession, instructor_id: UUID) -> int:
    """Return the minutes that an instructor teaches."""
    courses = await session.scalars(
        select(Course).where(Course.instructor_id == instructor_id).limit(MAX_LESSONS)
    )
    # breach: unloaded-relation
    return sum(lesson.minutes for course in courses for lesson in course.lessons)


async def course_titles(session: AsyncSession, minutes: int) -> set[str]:
    """Return the titles of courses with lessons of at most some minutes."""
    found = select(Lesson).options(lazyload(Lesson.course)).order_by(Lesson.id).limit(MAX_LESSONS)
    lessons = (await session.scalars(found)).all()

    def short(_: SyncSession) -> set[str]:
        # breach: unloaded-relation
        return {lesson.course.title for lesson in lessons if lesson.minutes <= minutes}

    return await session.run_sync(short)


async def teacher_of(session: AsyncSession, lesson_id: UUID) -> str | None:
    """Return the name of the person who teaches a lesson."""
    statement = (
        select(Lesson)
        .where(Lesson.id == lesson_id)
        .options(selectinload(Lesson.course).selectinload(Course.lessons))
    )
    lesson: Lesson | None = await session.scalar(statement)
    if lesson is None:
        return None
    instructor: Instructor = lesson.course.instructor  # breach: unloaded-relation
    return instructor.name
