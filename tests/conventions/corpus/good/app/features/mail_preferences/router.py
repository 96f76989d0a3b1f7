"""Endpoints of preferences."""

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, Router
from app.core.db import ReadSession, Session
from app.features.mail_preferences import service
from app.features.mail_preferences.models import MailPreferences
from app.features.mail_preferences.schemas import PreferencesOut, PreferencesPatch

router = Router(prefix=f"{API_V1}/mail-preferences", tags=["preferences"])


@router.get("", response_model=Envelope[PreferencesOut])
async def read_mail_preferences(
    user: CurrentUser, session: ReadSession
) -> DataResponse[MailPreferences]:
    """Return your preferences."""
    return DataResponse(await service.get_preferences(session, user.id))


@router.patch("", response_model=Envelope[PreferencesOut])
async def change_mail_preferences(
    user: CurrentUser, session: Session, patch: PreferencesPatch
) -> DataResponse[MailPreferences]:
    """Change some of your preferences."""
    return DataResponse(await service.change_preferences(session, user.id, patch))
