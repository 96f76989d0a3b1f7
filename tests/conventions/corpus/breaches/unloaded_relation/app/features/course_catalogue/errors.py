"""Errors of the course catalogue."""

from app.core.errors import NotFound


class CourseNotFound(NotFound):
    """No course has this id."""

    code = "course_not_found"
    message = "No course has this id. GET /course-cards lists the courses."
