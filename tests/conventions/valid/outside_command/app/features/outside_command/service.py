"""Pictures."""

import asyncio
from shlex import quote


async def shrink(picture: str, width: int) -> None:
    """Make a picture smaller."""
    await asyncio.create_subprocess_shell(f"convert -resize {width} {quote(picture)}")
    await asyncio.create_subprocess_exec("convert", "-resize", str(width), "--", picture)
