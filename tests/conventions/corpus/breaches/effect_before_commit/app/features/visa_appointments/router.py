"""Endpoints of appointments."""

from uuid import UUID

from fastapi import Depends, Request, Response

from app.accounts.dependencies import CurrentUser
from app.accounts.owned import OwnSession
from app.core.api import API_V1, DataResponse, Envelope, Router, with_location
from app.core.guards import Idempotent, RateLimit
from app.core.http import UPSTREAM_ERRORS
from app.features.visa_appointments import service
from app.features.visa_appointments.events import confirm_by_mail
from app.features.visa_appointments.models import VisaAppointment
from app.features.visa_appointments.schemas import AppointmentIn, AppointmentOut

router = Router(prefix=f"{API_V1}/visa-appointments", tags=["visa"])


@router.post(
    "",
    response_model=Envelope[AppointmentOut],
    status_code=201,
    dependencies=[Depends(RateLimit("10/minute")), Depends(Idempotent())],
    responses=with_location(*UPSTREAM_ERRORS),
)
async def book_appointment(
    user: CurrentUser,
    session: OwnSession,
    new: AppointmentIn,
    request: Request,
    response: Response,
) -> DataResponse[VisaAppointment]:
    """Book an appointment."""
    appointment = await service.book(session, new)
    await confirm_by_mail(user.email, f"visa-{appointment.id}")  # breach: effect-before-commit
    path = request.url_for("cancel_appointment", appointment_id=str(appointment.id)).path
    response.headers["Location"] = path
    return DataResponse(appointment)


@router.delete("/{appointment_id}", status_code=204, dependencies=[Depends(RateLimit("10/minute"))])
async def cancel_appointment(session: OwnSession, appointment_id: UUID) -> None:
    """Cancel an appointment."""
    await service.cancel(session, appointment_id)
