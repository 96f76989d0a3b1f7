"""Loading every settings class at once, so that one failed start names everything missing.

    configuration = load_settings([Settings, EmailSettings])
    configuration.of(EmailSettings).smtp_host

`create_app` and `run_command` call it; the loaded settings are then found by `get(EmailSettings)`
of `app.core.services`.
"""

from collections.abc import Iterable
from typing import Any, TypeVar, cast

from pydantic import ValidationError, create_model

from app.production import find_weak_secret
from app.settings import ServiceSettings

SettingsT = TypeVar("SettingsT", bound=ServiceSettings)


class ConfigurationError(SystemExit):
    """The configuration is incomplete or invalid; the message lists every reason."""


class Configuration(dict[type[ServiceSettings], ServiceSettings]):
    """One instance of each settings class."""

    def of(self, kind: type[SettingsT]) -> SettingsT:
        """Return the settings of a class.

        Raises:
            KeyError: The class was not loaded.
        """
        return cast("SettingsT", self[kind])


def load_settings(
    classes: Iterable[type[ServiceSettings]], *, given: Iterable[ServiceSettings] = ()
) -> Configuration:
    """Load the settings classes from the environment.

    Args:
        classes: The settings classes of the core and of every module.
        given: Instances that exist already, as in tests; they are not loaded again, and the
            others are loaded for the same environment.

    Returns:
        One instance of each class.

    Raises:
        ConfigurationError: Values are missing or invalid; all of them are named.
    """
    classes = tuple(classes)
    replaced = tuple(name for kind in classes for name in kind.replaces)
    loaded = Configuration({type(settings): settings for settings in given})
    shared: dict[str, Any] = {}
    for settings in loaded.values():
        shared["environment"] = settings.environment
    problems: list[str] = []
    for kind in classes:
        if kind in loaded:
            continue
        try:
            loaded[kind] = kind(**shared)
        except ValidationError as error:
            problems += _describe_invalid(error)
            if part := _load_valid_part(kind, error, shared):
                problems += _describe_production(part, replaced)
    for settings in loaded.values():
        problems += _describe_production(settings, replaced)
    if problems:
        lines = "\n".join(f"  - {problem}" for problem in sorted(set(problems)))
        message = (
            f"The service cannot start. Set these in the environment, in .env or as files in "
            f"/run/secrets:\n{lines}\n"
            f".env.example explains each of them; `make dev` needs none."
        )
        raise ConfigurationError(message)
    return loaded


def _describe_invalid(error: ValidationError) -> list[str]:
    return [
        _setting_name(problem["loc"]) + problem["msg"].removeprefix("Value error, ")
        for problem in error.errors(include_url=False, include_input=False)
    ]


def _setting_name(location: tuple[int | str, ...]) -> str:
    """Return the setting with a colon; what is wrong between several settings names them itself."""
    return f"{'.'.join(str(part) for part in location).upper()}: " if location else ""


def _load_valid_part(
    kind: type[ServiceSettings], error: ValidationError, shared: dict[str, Any]
) -> ServiceSettings | None:
    """Load a class with its invalid values unchecked, so that missing ones are named too.

    Returns:
        The settings; `None` if a check between several settings refuses them.
    """
    unchecked: dict[str, Any] = {
        str(problem["loc"][0]): (Any, None) for problem in error.errors() if problem["loc"]
    }
    lenient: type[ServiceSettings] = create_model(kind.__name__, __base__=kind, **unchecked)
    try:
        return lenient(**shared)
    except (ValidationError, TypeError):  # the check met a value that is none of its type
        return None


def _describe_production(settings: ServiceSettings, replaced: tuple[str, ...]) -> list[str]:
    """Describe what is missing and what is weak, if the settings are those of production."""
    if not settings.is_production:
        return []
    missing = settings.missing_in_production()
    accepted = settings.accepted_in_production
    weak = {
        name: problem
        for name, problem in settings.weak_in_production().items()
        if name not in accepted or find_weak_secret(getattr(settings, name.lower()))
    }
    return [
        *(f"{name}: missing" for name in missing if not name.startswith(replaced)),
        *(f"{name}: {problem}" for name, problem in weak.items() if not name.startswith(replaced)),
    ]
