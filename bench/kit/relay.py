"""A port of this machine that leads to another machine: `python -m bench.kit.relay PORT ADDRESS`.

LeadOps sends secrets over plain http to its own machine only, where a sandbox may be. On a machine
without one this stands in its place, and passes every byte on.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys

CHUNK = 65536


async def serve(port: int, address: str) -> None:
    """Pass connections on until the process ends."""

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection(address, port)
        await asyncio.gather(flow(reader, there[1]), flow(there[0], writer))

    server = await asyncio.start_server(join, "127.0.0.1", port)
    await server.serve_forever()


async def flow(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Pass one direction on until it ends, then end it there too."""
    with contextlib.suppress(OSError):
        while data := await source.read(CHUNK):
            target.write(data)
            await target.drain()
    target.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
