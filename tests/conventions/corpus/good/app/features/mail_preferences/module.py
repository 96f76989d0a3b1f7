"""The module of preferences."""

from app.core.module import Module
from app.features.mail_preferences.router import router
from app.features.mail_preferences.service import plan_digest

module = Module(name="mail_preferences", router=router, jobs=(plan_digest,))
