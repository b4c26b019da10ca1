"""Passes connections on to a port of 127.0.0.1, from a listener in another network."""

import asyncio
import contextlib
import functools
import socket
from collections.abc import Iterable

ADDRESS = "127.0.0.1"
CHUNK = 1 << 18


async def serve(
    listeners: Iterable[socket.socket], address: str = ADDRESS, port: int | None = None
) -> list[asyncio.Server]:
    """Relays what each listener accepts to an address in the network that this process is in now.

    Args:
        listeners: What is listened at.
        address: Where it goes to.
        port: At which port; the listener's own if absent.
    """
    relay = functools.partial(_relay, address, port)
    return [await asyncio.start_server(relay, sock=listener, limit=CHUNK) for listener in listeners]


async def _relay(address: str, port: int | None, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    own = writer.get_extra_info("sockname")[1]
    try:
        far_reader, far_writer = await asyncio.open_connection(address, port or own, limit=CHUNK)
    except OSError:
        writer.close()  # whoever should listen there does not
        return
    # A connection that is open when the program ends is cancelled with the loop: the end of it, and nothing to report.
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
    for end in (writer, far_writer):
        end.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError, RuntimeError):
        writer.write_eof()
