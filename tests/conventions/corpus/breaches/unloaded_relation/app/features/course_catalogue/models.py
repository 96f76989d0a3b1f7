"""Tables: courses, lessons and instructors."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, CreatedAt, UuidKey


class Instructor(Base):
    """A person who teaches courses."""

    __tablename__ = "course_instructors"

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(200))


class Course(Base):
    """A course of the catalogue."""

    __tablename__ = "catalogue_courses"
    __table_args__ = (Index(None, "created_at", "id"),)

    id: Mapped[UuidKey]
    title: Mapped[str] = mapped_column(String(200))
    instructor_id: Mapped[UUID] = mapped_column(
        ForeignKey(Instructor.id, ondelete="RESTRICT"), index=True
    )
    created_at: Mapped[CreatedAt]

    instructor: Mapped[Instructor] = relationship(lazy="raise")
    lessons: Mapped[list["Lesson"]] = relationship(lazy="raise", back_populates="course")

    @property
    def instructor_name(self) -> str:
        """The name of the instructor, which must be loaded."""
        return self.instructor.name


class Lesson(Base):
    """One lesson of a course."""

    __tablename__ = "course_lessons"

    id: Mapped[UuidKey]
    course_id: Mapped[UUID] = mapped_column(ForeignKey(Course.id, ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    minutes: Mapped[int]

    course: Mapped[Course] = relationship(lazy="raise", back_populates="lessons")
