"""Programs that work on the whole service; run one with `python -m app.commands.NAME`."""

from app.core.module import Modules
from app.features import FEATURES
from app.modules import MODULES
from app.settings import ServiceSettings

ALL_MODULES = Modules((*MODULES, *FEATURES))


def all_settings() -> list[type[ServiceSettings]]:
    """Return the settings classes of every module, for `run_command`."""
    return [module.settings for module in ALL_MODULES if module.settings]
