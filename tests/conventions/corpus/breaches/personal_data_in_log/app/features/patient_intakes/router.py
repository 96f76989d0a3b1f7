"""Endpoints of intakes."""

from typing import Annotated

from fastapi import Depends

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, Router
from app.features.patient_intakes import service
from app.features.patient_intakes.schemas import IntakeOut, PatientIn

router = Router(prefix=f"{API_V1}/patient-intakes", tags=["patient-intakes"])


@router.post("/positions", response_model=Envelope[IntakeOut])
async def estimate_position(
    _: CurrentUser, patient: PatientIn, room: Annotated[service.WaitingRoom, Depends()]
) -> DataResponse[IntakeOut]:
    """Return the position that a patient would have."""
    if service.triage(patient):
        room.call(patient)
    else:
        service.reject(patient)
    service.record(patient)
    return DataResponse(IntakeOut(position=room.admit(patient)))
