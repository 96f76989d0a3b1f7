"""The receivers on the coast, which speak protocols of their own."""

import asyncio
import socket
from asyncio import open_unix_connection
from asyncio.subprocess import PIPE, create_subprocess_exec

NMEA_PORT = 10110


class Receiver:
    """A receiver that sends the positions of ships line by line."""

    def __init__(self, host: str) -> None:
        """Take the host of the receiver."""
        self._host = host
        self._open = asyncio.open_connection

    async def next_position(self) -> str:
        """Return the next line of the receiver."""
        reader, writer = await self._open(self._host, NMEA_PORT)  # breach: missing-timeout
        try:
            return (await asyncio.wait_for(reader.readline(), 10)).decode()
        finally:
            writer.close()


async def decode(sentence: str) -> str:
    """Return what the decoder says about a sentence."""
    decoder = await create_subprocess_exec("ais-decode", stdin=PIPE, stdout=PIPE)
    output, _ = await decoder.communicate(sentence.encode())  # breach: missing-timeout
    return output.decode()


async def local_position(path: str) -> bytes:
    """Return the position that the daemon of this machine knows."""
    reader, writer = await open_unix_connection(path)  # breach: missing-timeout
    try:
        return await asyncio.wait_for(reader.read(100), timeout=5)
    finally:
        writer.close()


def probe(host: str) -> bool:
    """Return whether a receiver accepts connections; called in a thread."""
    link = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        link.connect((host, NMEA_PORT))  # breach: missing-timeout
    except OSError:
        return False
    finally:
        link.close()
    return True


async def is_alive(host: str) -> bool:
    """Return whether a receiver accepts connections."""
    return await asyncio.to_thread(probe, host)
