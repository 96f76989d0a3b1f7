"""Loading every settings class at once, so that one start names everything that is missing."""

from collections.abc import Iterable
from typing import Any, TypeVar, cast

from fastapi import FastAPI
from pydantic import ValidationError, create_model

from app.settings import ServiceSettings

SettingsT = TypeVar("SettingsT", bound=ServiceSettings)
Configuration = dict[type[ServiceSettings], ServiceSettings]


class ConfigurationError(SystemExit):
    """The service cannot start as configured; the message lists every reason."""


def load_settings(
    classes: Iterable[type[ServiceSettings]], *, given: Iterable[ServiceSettings] = ()
) -> Configuration:
    """Load the settings classes from the environment.

    Args:
        classes: The settings classes of the core and of every module.
        given: Settings that the caller has made already, as tests do; they are not loaded again,
            and the others are loaded for the same environment.

    Returns:
        One instance for each class.

    Raises:
        ConfigurationError: Values are missing or not valid; all of them are named.
    """
    classes = tuple(classes)
    needless = tuple(name for kind in classes for name in kind.stands_in_for)
    loaded: Configuration = {type(settings): settings for settings in given}
    shared: dict[str, Any] = {}
    for settings in loaded.values():
        shared["environment"] = settings.environment
    problems: list[str] = []
    for settings_class in classes:
        if settings_class in loaded:
            continue
        try:
            loaded[settings_class] = settings_class(**shared)
        except ValidationError as error:
            problems += _describe_invalid(error)
            valid_part = _load_valid_part(settings_class, error, shared)
            problems += _describe_missing(valid_part, needless)
    for settings in loaded.values():
        problems += _describe_missing(settings, needless)
    if problems:
        lines = "\n".join(f"  - {problem}" for problem in sorted(set(problems)))
        message = (
            f"The service cannot start. Set these in the environment, in .env or as files in "
            f"/run/secrets:\n{lines}\n"
            f".env.example explains each of them; `make dev` needs none."
        )
        raise ConfigurationError(message)
    return loaded


def settings_of(app: FastAPI, settings_class: type[SettingsT]) -> SettingsT:
    """Return the settings of this class that the running service was started with.

    Args:
        app: The service.
        settings_class: `Settings`, or the class that a module declares.

    Raises:
        KeyError: No module of the service declares this class.
    """
    return cast("SettingsT", app.state.configuration[settings_class])


def _describe_invalid(error: ValidationError) -> list[str]:
    return [
        f"{_place(problem['loc'])}: {problem['msg'].removeprefix('Value error, ')}"
        for problem in error.errors(include_url=False, include_input=False)
    ]


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location).upper()


def _load_valid_part(
    settings_class: type[ServiceSettings], error: ValidationError, shared: dict[str, Any]
) -> ServiceSettings:
    """Load the class with its invalid values unchecked: what is missing is named beside them."""
    unchecked: dict[str, Any] = {str(problem["loc"][0]): (Any, None) for problem in error.errors()}
    lenient: type[ServiceSettings] = create_model(
        settings_class.__name__, __base__=settings_class, **unchecked
    )
    return lenient(**shared)


def _describe_missing(settings: ServiceSettings, needless: tuple[str, ...]) -> list[str]:
    if not settings.is_production:
        return []
    missing = settings.missing_in_production()
    return [f"{name}: missing" for name in missing if not name.startswith(needless)]
