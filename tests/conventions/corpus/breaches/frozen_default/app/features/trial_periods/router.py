"""Endpoints of trials."""

from sqlalchemy.dialects.postgresql import insert

from app.accounts.dependencies import Admin
from app.accounts.errors import InsufficientRole
from app.core.api import API_V1, DataResponse, Envelope, Router, ShortText, errors
from app.core.db import Session
from app.features.trial_periods.models import Trial
from app.features.trial_periods.schemas import TrialIn
from app.features.trial_periods.views import TrialOut

router = Router(prefix=f"{API_V1}/trial-starts", tags=["trials"])


@router.put("/{workspace}", response_model=Envelope[TrialOut], responses=errors(InsufficientRole))
async def start_trial(
    _: Admin, session: Session, workspace: ShortText, new: TrialIn
) -> DataResponse[TrialOut]:
    """Start the trial of a workspace, unless it has had one. Administrators only."""
    started = (
        insert(Trial)
        .values(workspace=workspace, starts_at=new.starts_at)
        .on_conflict_do_nothing(index_elements=[Trial.workspace])
        .returning(Trial.id)
    )
    return DataResponse(TrialOut(is_new=await session.scalar(started) is not None))
