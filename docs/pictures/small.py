"""PNG with a palette: a page has few colours, and its picture then a third of the bytes.

Chromium writes 24 bits a pixel. Its own canvas reads them back, so no library for pictures is
needed: the script below names the 32 most frequent colours and up to 96 others that look like none
before them, and gives every pixel the nearest. So the shades at the edges of letters are few, and
a colour that is rare, as that of one number, keeps its place.
"""

from __future__ import annotations

import struct
import zlib
from base64 import b64decode, b64encode

from playwright.sync_api import Browser

REDUCE = """async (address) => {
  const bitmap = await createImageBitmap(await (await fetch(address)).blob());
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d');
  context.drawImage(bitmap, 0, 0);
  const {data} = context.getImageData(0, 0, bitmap.width, bitmap.height);
  const pixels = new Uint32Array(data.buffer), amounts = new Map();
  for (const one of pixels) amounts.set(one, (amounts.get(one) || 0) + 1);
  const parts = (one) => [one & 255, one >> 8 & 255, one >> 16 & 255];
  const known = [], places = new Map();
  for (const [one] of [...amounts].sort((a, b) => b[1] - a[1])) {
    const [r, g, b] = parts(one);
    const near = ([x, y, z]) => (r - x) ** 2 + (g - y) ** 2 + (b - z) ** 2 < 200;
    if (known.length === 128 || (known.length > 31 && known.some(near))) continue;
    places.set(one, known.length);
    known.push([r, g, b]);
  }
  const nearest = (one) => {
    const [r, g, b] = parts(one);
    let best = 0, least = Infinity;
    known.forEach(([x, y, z], n) => {
      const far = (r - x) ** 2 + (g - y) ** 2 + (b - z) ** 2;
      if (far < least) [best, least] = [n, far];
    });
    return best;
  };
  const places_of = Uint8Array.from(pixels, (one) => {
    if (!places.has(one)) places.set(one, nearest(one));
    return places.get(one);
  });
  const text = [];
  for (let at = 0; at < places_of.length; at += 32768)
    text.push(String.fromCharCode(...places_of.subarray(at, at + 32768)));
  return [bitmap.width, bitmap.height, known.flat(), btoa(text.join(''))];
}"""


class Squeezer:
    """A tab of the browser that counts colours."""

    def __init__(self, browser: Browser) -> None:
        self.page = browser.new_page()

    def smaller(self, picture: bytes) -> bytes:
        """The same picture with a palette."""
        address = "data:image/png;base64," + b64encode(picture).decode()
        width, height, palette, pixels = self.page.evaluate(REDUCE, address)
        return as_png(width, height, bytes(palette), b64decode(pixels))


def as_png(width: int, height: int, palette: bytes, pixels: bytes) -> bytes:
    """A file of one byte a pixel."""
    rows = b"".join(b"\0" + pixels[y * width : (y + 1) * width] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = [
        (b"IHDR", header),
        (b"PLTE", palette),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def chunk(kind: bytes, content: bytes) -> bytes:
    """A part of a PNG file, with its length and its checksum."""
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )
