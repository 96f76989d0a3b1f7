"""Services of appointments."""

from uuid import UUID

from sqlalchemy import delete

from app.accounts.owned import OwnerSession
from app.core.services import get
from app.features.visa_appointments.events import EventBus, Screens
from app.features.visa_appointments.models import VisaAppointment
from app.features.visa_appointments.schemas import AppointmentIn


async def book(session: OwnerSession, new: AppointmentIn) -> VisaAppointment:
    """Store an appointment, and tell the consulate."""
    appointment = VisaAppointment(consulate=new.consulate, starts_at=new.starts_at)
    session.add(appointment)
    await session.flush()
    bus = get(EventBus)
    at = appointment.starts_at.isoformat()
    await bus.emit(id=str(appointment.id), at=at)  # breach: effect-before-commit
    return appointment


async def cancel(session: OwnerSession, appointment_id: UUID) -> None:
    """Delete an appointment, and show the free slot on the screens."""
    deleted = (
        delete(VisaAppointment)
        .where(VisaAppointment.id == appointment_id)
        .returning(VisaAppointment.consulate)
    )
    if consulate := await session.scalar(deleted):
        get(Screens).show(consulate, "A slot is free again")  # breach: effect-before-commit
