"""Draw the icons of the Teams app, a guest who is on the list; `python -m manifest.icons` writes them.

Every shape is a signed distance: negative inside, y downwards. What Teams asks of icons:
https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/apps-package#app-icons
"""

import math
from collections.abc import Callable
from pathlib import Path

from manifest.png import Picture, written

HERE = Path(__file__).parent
WHITE = (255, 255, 255)
COLOR = (0x3B, 0x4C, 0xB8)
"""The accent colour of the manifest; white on it has a contrast of 7.2."""
SYMBOL = 96 / 192
"""The share of the colour icon's side that the symbol may take: Teams crops the rest in places."""

Point = tuple[float, float]
Pixel = Callable[[float, float, float], tuple[int, int, int, int]]


def _circle(x: float, y: float, centre: Point, radius: float) -> float:
    return math.hypot(x - centre[0], y - centre[1]) - radius


def _segment(x: float, y: float, start: Point, end: Point) -> float:
    (ax, ay), (bx, by) = start, end
    along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)
    along = min(1.0, max(0.0, along))
    return math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay))


def _check(x: float, y: float, points: tuple[Point, Point, Point]) -> float:
    return min(_segment(x, y, points[0], points[1]), _segment(x, y, points[1], points[2]))


def mark(x: float, y: float) -> float:
    """Return the distance to the mark, filled, in a square of side 1: a person, and a check with a gap."""
    # The mark's own coordinates reach from 0.25 to 0.787 and from 0.245 to 0.727.
    x, y = 0.25 + x * 0.537, 0.486 + (y - 0.5) * 0.537
    check = _check(x, y, ((0.56, 0.63), (0.625, 0.695), (0.755, 0.545)))
    body = max(_circle(x, y, (0.45, 0.72), 0.2), y - 0.71)
    person = min(_circle(x, y, (0.45, 0.345), 0.1), body)
    return min(max(person, 0.075 - check), check - 0.032) / 0.537


def outline(x: float, y: float) -> float:
    """Return the distance, in pixels of the 32, to the mark in lines of two pixels that lie on whole ones."""
    check = _check(x, y, ((20.0, 25.0), (23.5, 28.5), (29.5, 21.5)))
    body = abs(max(_circle(x, y, (12.0, 29.0), 10.0), y - 29.0)) - 1.0
    head = abs(_circle(x, y, (12.0, 9.0), 6.0)) - 1.0
    return min(head, max(body, 8.0 - math.hypot(x - 25.0, y - 24.5)), check - 1.3)


def _ink(distance: float, pixel: float) -> int:
    """Return how much of a pixel lies inside, from 0 to 255."""
    return round(255 * min(1.0, max(0.0, 0.5 - distance / pixel)))


def _on_colour(ink: int) -> tuple[int, int, int]:
    red, green, blue = (round(c + (w - c) * ink / 255) for c, w in zip(COLOR, WHITE, strict=True))
    return red, green, blue


def _in_the_middle(x: float, y: float, share: float) -> float:
    return mark(0.5 + (x - 0.5) / share, 0.5 + (y - 0.5) / share) * share


def _colour_pixel(x: float, y: float, pixel: float) -> tuple[int, int, int, int]:
    """Fill the whole square: Teams rounds the corners itself."""
    return (*_on_colour(_ink(_in_the_middle(x, y, SYMBOL), pixel)), 255)


def _small_pixel(x: float, y: float, pixel: float) -> tuple[int, int, int, int]:
    """Draw the mark on a disc, which is seen on light and on dark; around it is nothing."""
    ink = _ink(_in_the_middle(x, y, 0.68), pixel)
    return (*_on_colour(ink), _ink(_circle(x, y, (0.5, 0.5), 0.5), pixel))


def _outline_pixel(x: float, y: float, pixel: float) -> tuple[int, int, int, int]:
    return (*WHITE, _ink(outline(x / pixel, y / pixel), 1.0))


def _drawn(side: int, pixel: Pixel) -> bytes:
    data = bytearray()
    for row in range(side):
        for column in range(side):
            data.extend(pixel((column + 0.5) / side, (row + 0.5) / side, 1 / side))
    return written(Picture(side, side, bytes(data)))


def draw() -> dict[str, bytes]:
    """Return the files by name."""
    return {
        "color.png": _drawn(192, _colour_pixel),
        "outline.png": _drawn(32, _outline_pixel),
        "color32.png": _drawn(32, _small_pixel),
    }


if __name__ == "__main__":
    for name, data in draw().items():
        (HERE / name).write_bytes(data)
