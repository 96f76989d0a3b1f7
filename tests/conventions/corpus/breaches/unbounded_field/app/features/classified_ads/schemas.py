"""Request and response models of ads."""

from dataclasses import field
from decimal import Decimal
from typing import Annotated, Literal, NewType

from pydantic import AfterValidator, Field, StringConstraints
from pydantic.dataclasses import dataclass

from app.core.api import RequestModel, ResponseModel, ShortText

AdTitle = NewType("AdTitle", str)
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def _without_spam(text: str) -> str:
    if "!!!" in text:
        message = "write without three exclamation marks"
        raise ValueError(message)
    return text


@dataclass(frozen=True)
class AdPlace:
    """The place of an ad."""

    country: Literal["ch", "de"]
    street: str = field(default="")  # breach: unbounded-field


class AdIn(RequestModel):
    """A new ad."""

    title: AdTitle = Field(examples=["Bicycle"])  # breach: unbounded-field
    # breach: unbounded-field
    text: Annotated[str, AfterValidator(_without_spam)] = Field(examples=["Red"])
    tags: list[Tag] = Field(max_length=10, examples=[["sports"]])  # breach: unbounded-field
    category: ShortText = Field(examples=["Sports"])
    place: AdPlace | None = None


class AdFilter(RequestModel):
    """A filter of ads."""

    words: set[ShortText] = Field(default=set(), examples=[["red"]])  # breach: unbounded-field
    # breach: unbounded-field
    highest_price: Decimal | None = Field(default=None, ge=Decimal(), examples=["120.00"])
    page: int = Field(default=1, ge=1, examples=[1])  # breach: unbounded-field


class AdCountOut(ResponseModel):
    """The number of ads."""

    ads: int = Field(examples=[3])
