"""Settings of the exchange of documents."""

from typing import Annotated

from pydantic import Field

from app.settings import CommaSeparated, HttpUrl, ServiceSettings


class ExchangeSettings(ServiceSettings):
    """The storage of documents, and the targets of links."""

    exchange_folder: Annotated[str, Field(max_length=200)] = "documents"
    """The folder of the documents."""

    exchange_site: HttpUrl = "https://portal.example.com"
    """The site to which links of the exchange lead."""

    exchange_partners: CommaSeparated = ("sign.example.com",)
    """Other hosts to which a redirect may lead."""

    exchange_converter: Annotated[str, Field(max_length=200)] = "pdftotext"
    """The program that reads the text of a PDF."""
