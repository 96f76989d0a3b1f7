"""Errors of requests for diaries.

NotFound
├─ DiaryNotFound         404
└─ MealPhotoNotFound     404
"""

from app.core.errors import NotFound


class DiaryNotFound(NotFound):
    """The user has no diary with this id."""

    code = "diary_not_found"
    message = "You have no diary with this id."


class MealPhotoNotFound(NotFound):
    """The user has no photo with this id."""

    code = "meal_photo_not_found"
    message = "You have no photo with this id."
