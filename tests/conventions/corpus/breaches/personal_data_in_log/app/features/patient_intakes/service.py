"""Services of intakes."""

import logging
from functools import partial
from typing import Any

import structlog
from structlog.stdlib import BoundLogger

from app.features.patient_intakes.schemas import PatientIn

log: BoundLogger = structlog.get_logger()
audit = logging.getLogger("intakes")


class WaitingRoom:
    """The patients who wait."""

    def __init__(self) -> None:
        """Start with an empty room."""
        self._log = log.bind(room="main")
        self._length = 0

    def admit(self, patient: PatientIn) -> int:
        """Add a patient and return the position."""
        self._length += 1
        # breach: personal-data-in-log
        self._log.info("patient_admitted", patient=str(patient), position=self._length)
        return self._length

    def call(self, patient: PatientIn) -> None:
        """Call a patient."""
        audit.info("calling %s at %s", patient.name, patient.phone)  # breach: personal-data-in-log


def describe(patient: PatientIn) -> dict[str, Any]:
    """Return the fields of a patient for the record."""
    return patient.model_dump(exclude={"complaint"})


def record(patient: PatientIn) -> None:
    """Record an intake."""
    log.info("intake_recorded", **describe(patient))  # breach: personal-data-in-log


def reject(patient: PatientIn) -> None:
    """Record that a patient was sent home."""
    structlog.contextvars.bind_contextvars(contact=patient.email)  # breach: personal-data-in-log
    log.warning("intake_rejected", reason="full")


def triage(patient: PatientIn) -> bool:
    """Return whether a patient must be seen at once."""
    urgent = "chest" in patient.complaint
    note = partial(log.debug, "patient_triaged", urgent=urgent)
    note(text=patient.complaint[:80])  # breach: personal-data-in-log
    return urgent
