"""Request and response models of the journal."""

from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.core.api import RequestModel, ResponseModel, ShortText

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"
_OTHER_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5c"

Amount = Annotated[
    Decimal, Field(gt=0, lt=10**15, max_digits=17, decimal_places=2, examples=["1250.00"])
]


class EntryIn(RequestModel):
    """An amount to move between two accounts of the books."""

    account_id: UUID = Field(description="The account that is debited.", examples=[_ID])
    credit_account_id: UUID = Field(examples=[_OTHER_ID])
    amount: Amount
    memo: ShortText = Field(examples=["Rent for May"])

    @model_validator(mode="after")
    def _require_two_accounts(self) -> Self:
        if self.account_id == self.credit_account_id:
            message = "send two different accounts"
            raise ValueError(message)
        return self


class EntryOut(ResponseModel):
    """An entry of the journal."""

    id: UUID = Field(examples=[_ID])
    debit_account_id: UUID = Field(examples=[_ID])
    credit_account_id: UUID = Field(examples=[_OTHER_ID])
    amount: Decimal = Field(examples=["1250.00"])
    memo: str = Field(examples=["Rent for May"])
