"""Errors of podcasts."""

from app.core.errors import NotFound


class EpisodeNotFound(NotFound):
    """No episode has this id."""

    code = "episode_not_found"
    message = "No episode has this id."
