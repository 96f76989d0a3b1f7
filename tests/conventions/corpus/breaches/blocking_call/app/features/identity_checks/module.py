"""The parts that identity checks plug into the service."""

from app.core.module import Module
from app.features.identity_checks.router import router
from app.features.identity_checks.settings import IdentitySettings

module = Module(name="identity_checks", router=router, settings=IdentitySettings)
