"""The module of add-ons."""

from app.core.module import Module
from app.features.subscription_extras.router import router

module = Module(name="subscription_extras", router=router)
