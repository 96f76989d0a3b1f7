"""Print how many messages wait in the outbox, every second until Ctrl-C."""

import subprocess
import sys
import time
from contextlib import suppress

from sqlalchemy import func, select

from app.core.db import ReadSessionLocal
from app.core.runtime import run_command
from app.features.outbox_relay.models import OutboxMessage


async def count_messages() -> int:
    """Return the number of messages that wait."""
    async with ReadSessionLocal() as session:
        return await session.scalar(select(func.count()).select_from(OutboxMessage)) or 0


def clear_screen() -> None:
    """Clear the terminal, if there is a program for it."""
    with suppress(FileNotFoundError):
        subprocess.run(["clear"], check=False)


def main() -> int:
    """Print the number again and again."""
    with suppress(KeyboardInterrupt):
        while True:
            waiting = run_command(count_messages)
            clear_screen()
            print(f"{waiting} messages wait")
            time.sleep(1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
