"""Request and response models of imports of contacts."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import ConfigDict, Field

from app.core.api import EmailAddress, RequestModel, ResponseModel, ShortText

Attributes: TypeAlias = dict[str, Any]


class ContactIn(RequestModel):
    """A contact to import."""

    email: EmailAddress
    name: ShortText = Field(examples=["Ada Lovelace"])
    attributes: Attributes = Field(examples=[{"plan": "gold"}])  # breach: loose-field


class SegmentIn(RequestModel):
    """A segment of contacts."""

    name: ShortText = Field(examples=["Customers in Bern"])
    conditions: list[dict[str, Any]] = Field(  # breach: loose-field
        max_length=20, examples=[[{"field": "city", "is": "Bern"}]]
    )


class MappingIn(RequestModel):
    """The columns of a file and the fields that they fill."""

    # breach: loose-field
    columns: Annotated[Mapping[str, object] | None, Field(examples=[{"E-Mail": "email"}])] = None
    fallback: Any = Field(default=None, examples=["unknown"])  # breach: loose-field


class Source(RequestModel):
    """A system from which contacts are imported."""

    model_config = ConfigDict(extra="allow")  # breach: loose-field

    kind: ShortText = Field(examples=["crm"])


class SourcesIn(RequestModel):
    """The systems from which contacts are imported."""

    sources: list[Source] = Field(min_length=1, max_length=5, examples=[[{"kind": "crm"}]])


class ImportCheckOut(ResponseModel):
    """The result of a check."""

    accepted: bool = Field(examples=[True])
