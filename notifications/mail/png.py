"""Small bar charts as PNG, written byte by byte: a mail shows no SVG, and no browser is needed."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

WIDTH, HEIGHT = 560, 112
BAR, GAP = 26, 4
PALETTE = (b"\xff\xff\xff", b"\x0b\x64\x77", b"\xa9\xb4\xbf", b"\xd4\xda\xe0")
"""Nothing, which is transparent; now; before; the line that the bars stand on."""
NOTHING, NOW, BEFORE, LINE = range(4)


def bars(now: Sequence[int], before: Sequence[int]) -> bytes:
    """A pair of bars for each of the numbers: before, paler, and now beside it."""
    rows = [bytearray(WIDTH) for _ in range(HEIGHT)]
    most, step = max([*now, *before, 1]), WIDTH // max(len(now), 1)
    for n, pair in enumerate(zip(before, now, strict=True)):
        left = n * step + (step - 2 * BAR - GAP) // 2
        for x, count, colour in zip((left, left + BAR + GAP), pair, (BEFORE, NOW), strict=True):
            high = max(round(count / most * (HEIGHT - 2)), 2) if count > 0 else 0
            for row in rows[HEIGHT - 1 - high : HEIGHT - 1]:
                row[x : x + BAR] = bytes([colour]) * BAR
    rows[-1][:] = bytes([LINE]) * WIDTH
    return png(rows)


def png(rows: Sequence[bytearray]) -> bytes:
    """Rows of palette indexes as a file."""
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 3, 0, 0, 0)
    body = zlib.compress(b"".join(b"\x00" + bytes(row) for row in rows), 9)
    parts = (
        (b"IHDR", head),
        (b"PLTE", b"".join(PALETTE)),
        (b"tRNS", b"\x00"),
        (b"IDAT", body),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
