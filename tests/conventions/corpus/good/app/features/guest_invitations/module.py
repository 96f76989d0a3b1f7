"""The module of invitations."""

from app.core.module import Module
from app.features.guest_invitations.router import router
from app.features.guest_invitations.service import purge_invitations
from app.features.guest_invitations.settings import InvitationSettings

module = Module(
    name="guest_invitations", router=router, settings=InvitationSettings, purge=purge_invitations
)
