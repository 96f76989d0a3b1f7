"""Errors of flags."""

from app.core.errors import Conflict, NotFound


class FlagNotFound(NotFound):
    """No flag has this name."""

    code = "feature_flag_not_found"
    message = "There is no flag with this name. GET /feature-flags lists them."


class FlagExists(Conflict):
    """A flag with this name exists."""

    code = "feature_flag_exists"
    message = "A flag with this name exists already. Change it with PATCH."
