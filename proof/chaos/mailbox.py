"""The mails that users of a run receive, read from the fake of Resend."""

import asyncio
import re
from dataclasses import dataclass
from typing import Any

from proof.chaos.client import GivenUp
from proof.service import RunningService

POLL_SECONDS = 0.3
TOKEN = re.compile(r"Your token: (\S+)")


@dataclass
class Mailbox:
    """The mails by address, as they were when the vendor was last asked."""

    service: RunningService

    def __post_init__(self) -> None:
        """Begin without mails."""
        self._mails: list[dict[str, Any]] = []

    async def refresh(self) -> None:
        """Ask the vendor again and again, until the task is cancelled."""
        while True:
            state = await asyncio.to_thread(self.service.vendor_state, "resend")
            self._mails = state["mails"]
            await asyncio.sleep(POLL_SECONDS)

    async def wait_for_token(self, email: str, *, until: asyncio.Event) -> str:
        """Return the newest token that an address received.

        Raises:
            GivenUp: The run ends, and the mail may be late.
        """
        while not until.is_set():
            texts = [mail["text"] for mail in self._mails if email in mail["to"]]
            if tokens := [found[1] for text in texts if (found := TOKEN.search(text))]:
                return tokens[-1]
            await asyncio.sleep(POLL_SECONDS)
        raise GivenUp
