"""The choice of a locker for a parcel."""

from pathlib import Path

from app.core.email import EmailMessage

_DEPOTS = {
    "zurich": ("10.20.0.11", 9100),  # breach: hard-coded-configuration
    "basel": ("10.20.0.12", 9100),
}


def depot_address(depot: str) -> tuple[str, int]:
    """Return the host and the port of a depot's printer."""
    return _DEPOTS[depot]


def label_folder(depot: str) -> Path:
    """Return the folder in which a depot's labels are stored."""
    return Path("/mnt/labels-prod") / depot  # breach: hard-coded-configuration


def full_locker_alert(locker: str) -> EmailMessage:
    """Return the message about a locker that is full."""
    return EmailMessage(
        to="operations@acme-logistics.example",  # breach: hard-coded-configuration
        subject=f"Locker {locker} is full",
        text=f"Locker {locker} has no free door.",
        key=f"full-locker-{locker}",
    )


def export_target(day: str) -> dict[str, str]:
    """Return the bucket and the name of a day's export."""
    return {
        "bucket": "acme-prod-locker-exports",  # breach: hard-coded-configuration
        "key": f"lockers/{day}.csv",
    }


def support_phone(environment: str) -> str:
    """Return the number that the doors display."""
    if environment == "production":  # breach: hard-coded-configuration
        return "+41 44 000 00 00"
    return "+41 44 000 00 01"
