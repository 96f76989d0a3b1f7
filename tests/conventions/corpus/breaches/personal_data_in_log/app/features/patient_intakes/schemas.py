"""Request and response models of intakes."""

from datetime import date

from pydantic import Field

from app.core.api import EmailAddress, RequestModel, ResponseModel, ShortText


class PatientIn(RequestModel):
    """A patient."""

    name: ShortText = Field(examples=["Ada Lovelace"])
    email: EmailAddress
    born_on: date = Field(examples=["1990-12-10"])
    phone: str = Field(pattern=r"^\+[0-9]{6,15}$", examples=["+41440000000"])
    complaint: str = Field(max_length=2000, examples=["A cough"])

    def __str__(self) -> str:
        """Return the patient as the front desk calls them."""
        return f"{self.name} ({self.born_on})"


class IntakeOut(ResponseModel):
    """The position in the waiting room."""

    position: int = Field(examples=[3])
