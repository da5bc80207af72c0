"""Bars as pictures: how many guests face something, drawn as PNG, for Teams shows no SVG."""

import struct
import zlib
from collections.abc import Sequence

WIDTH, HEIGHT = 480, 20
_GAP = 2
_COLOURS = (b"\x2e\x7d\x32\xff", b"\xc7\x8a\x00\xff", b"\x8a\x88\x86\xff", b"\xc4\x31\x4b\xff")
"""Wholly, partly, not sure, not at all; each is told apart on light and on dark."""
_CLEAR = bytes(4)


def bar(parts: Sequence[int]) -> bytes:
    """Draw one bar of a part for each number; a number that is not nothing is seen."""
    row = b"".join(colour * width for colour, width in _stretches(parts))
    return _png(row.ljust(WIDTH * 4, b"\0"))


def _stretches(parts: Sequence[int]) -> list[tuple[bytes, int]]:
    shown = [(colour, part) for colour, part in zip(_COLOURS, parts, strict=True) if part]
    room = WIDTH - _GAP * max(0, len(shown) - 1)
    total = sum(part for _, part in shown)
    widths = [max(1, room * part // total) for _, part in shown]
    if widths:
        longest = widths.index(max(widths))
        widths[longest] += room - sum(widths)
    found = list[tuple[bytes, int]]()
    for (colour, _), width in zip(shown, widths, strict=True):
        found += [(_CLEAR, _GAP)] if found else []
        found.append((colour, width))
    return found


def _png(row: bytes) -> bytes:
    """Write rows that are alike as a PNG of eight bits a channel with transparency."""
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 6, 0, 0, 0)
    pixels = zlib.compress((b"\0" + row) * HEIGHT, 9)
    parts = ((b"IHDR", head), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    checked = kind + body
    return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))
