"""Draw the two icons of the Teams app, a guest who is on the list; `python -m manifest.icons` writes them.

Every shape is a signed distance: negative inside, in units of the icon's side, y downwards.
"""

import math
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
WHITE = (255, 255, 255)
COLOR = (0x3B, 0x4C, 0xB8)
"""The accent colour of the manifest; white on it has a contrast of 7.2."""

Point = tuple[float, float]
Pixel = Callable[[float, float, float], tuple[int, int, int, int]]

_HEAD: tuple[Point, float] = ((0.45, 0.345), 0.1)
_BODY: tuple[Point, float] = ((0.45, 0.72), 0.20)
_FLOOR = 0.71
_CHECK: tuple[Point, Point, Point] = ((0.56, 0.63), (0.625, 0.695), (0.755, 0.545))
_STROKE = 0.032
_GAP = 0.075
_LINE = 0.02
_ENLARGED = 1.6


def _circle(x: float, y: float, circle: tuple[Point, float]) -> float:
    (cx, cy), radius = circle
    return math.hypot(x - cx, y - cy) - radius


def _segment(x: float, y: float, start: Point, end: Point) -> float:
    (ax, ay), (bx, by) = start, end
    along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)
    along = min(1.0, max(0.0, along))
    return math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay))


def _body(x: float, y: float) -> float:
    return max(_circle(x, y, _BODY), y - _FLOOR)


def _check(x: float, y: float) -> float:
    return min(_segment(x, y, _CHECK[0], _CHECK[1]), _segment(x, y, _CHECK[1], _CHECK[2]))


def mark(x: float, y: float) -> float:
    """Return the distance to the filled mark: a person, and a check set apart by a gap."""
    check = _check(x, y)
    person = min(_circle(x, y, _HEAD), _body(x, y))
    return min(max(person, _GAP - check), check - _STROKE)


def outline(x: float, y: float) -> float:
    """Return the distance to the same mark in lines, enlarged to fill the small icon."""
    x, y = 0.5 + (x - 0.5) / _ENLARGED, 0.48 + (y - 0.5) / _ENLARGED
    check = _check(x, y)
    person = min(abs(_circle(x, y, _HEAD)), abs(_body(x, y))) - _LINE
    return min(max(person, _GAP - check), check - _LINE) * _ENLARGED


def _ink(distance: float, pixel: float) -> int:
    """Return how much of a pixel lies inside, from 0 to 255."""
    return round(255 * min(1.0, max(0.0, 0.5 - distance / pixel)))


def _colour_pixel(x: float, y: float, pixel: float) -> tuple[int, int, int, int]:
    ink = _ink(mark(x, y), pixel)
    red, green, blue = (round(c + (w - c) * ink / 255) for c, w in zip(COLOR, WHITE, strict=True))
    return red, green, blue, 255


def _outline_pixel(x: float, y: float, pixel: float) -> tuple[int, int, int, int]:
    return (*WHITE, _ink(outline(x, y), pixel))


def _png(side: int, pixel: Pixel) -> bytes:
    """Encode a square picture, eight bits each of red, green, blue and opacity."""
    rows = bytearray()
    for row in range(side):
        rows.append(0)  # this row is stored as it is
        for column in range(side):
            rows.extend(pixel((column + 0.5) / side, (row + 0.5) / side, 1 / side))
    header = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def draw() -> dict[str, bytes]:
    """Return both files by name."""
    return {"color.png": _png(192, _colour_pixel), "outline.png": _png(32, _outline_pixel)}


if __name__ == "__main__":
    for name, data in draw().items():
        (HERE / name).write_bytes(data)
