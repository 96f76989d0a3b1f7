"""The files of documents. No name that a client sends becomes a path unchecked."""

import asyncio
from pathlib import Path
from uuid import UUID

from app.core.errors import NotFound, Unprocessable
from app.core.services import get
from app.features.document_exchange.settings import ExchangeSettings

READ_SECONDS = 20


class DocumentNotFound(NotFound):
    """The user has no document with this name."""

    code = "document_not_found"
    message = "You have no document with this name."


class DocumentUnreadable(Unprocessable):
    """The document has no text that could be read."""

    code = "document_unreadable"
    message = "The document has no text that could be read. Send another one."


def folder_of(user_id: UUID) -> Path:
    """Return the folder of a user's documents."""
    return Path(get(ExchangeSettings).exchange_folder).resolve() / user_id.hex


def path_of(user_id: UUID, name: str) -> Path:
    """Return the path of a document.

    Raises:
        DocumentNotFound: The name leads out of the user's folder, or to no file.
    """
    folder = folder_of(user_id)
    path = (folder / name).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        raise DocumentNotFound
    return path


def draft_path(user_id: UUID, draft_id: UUID) -> Path:
    """Return the path of a draft; the service generates its name."""
    return folder_of(user_id) / f"{draft_id}.pdf"


async def read_text(user_id: UUID, name: str) -> str:
    """Return the text of a document.

    Raises:
        DocumentNotFound: The user has no document with this name.
        DocumentUnreadable: The program took too long.
    """
    path = await asyncio.to_thread(path_of, user_id, name)
    # No shell: every value is one argument. `--` ends the options, whatever the name begins with.
    process = await asyncio.create_subprocess_exec(
        get(ExchangeSettings).exchange_converter,
        "-enc",
        "UTF-8",
        "--",
        str(path),
        "-",
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(READ_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        raise DocumentUnreadable from None
    finally:
        if process.returncode is None:
            process.kill()
    return output.decode("utf-8", "replace")
