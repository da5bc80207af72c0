"""Reading and writing PNG pictures as far as an icon needs it: eight bits a channel, not interlaced."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {2: 3, 6: 4}
"""By the header's kind of colour: red, green, blue, and with opacity."""
_LARGEST = 1024
"""The side of the largest picture that is read; an icon is far smaller."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Rows of pixels from the top, four bytes each: red, green, blue, opacity."""

    width: int
    height: int
    data: bytes

    def pixels(self) -> Iterator[tuple[int, int, int, int]]:
        for at in range(0, len(self.data), 4):
            red, green, blue, opacity = self.data[at : at + 4]
            yield red, green, blue, opacity


def written(picture: Picture) -> bytes:
    """Return the file's bytes; each row is stored as it is."""
    stride = 4 * picture.width
    starts = range(0, len(picture.data), stride)
    rows = b"".join(b"\0" + picture.data[start : start + stride] for start in starts)
    header = struct.pack(">IIBBBBB", picture.width, picture.height, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return _SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def read(data: bytes) -> Picture:
    """Return the picture; raises `ValueError` for what is none, or is of a kind that is not read."""
    if not data.startswith(_SIGNATURE):
        raise ValueError("is no PNG picture")
    chunks = list(_chunks(data))
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13:  # noqa: PLR2004 - a header's length
        raise ValueError("is a PNG picture without its header")
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    if not (0 < width <= _LARGEST and 0 < height <= _LARGEST):
        raise ValueError(f"has {width} x {height} pixels, which is no icon")
    if depth != 8 or colour not in _CHANNELS or interlaced:  # noqa: PLR2004 - bits
        raise ValueError("is stored in an unusual way: save it with 8 bits a channel, not interlaced")
    channels, packed = _CHANNELS[colour], b"".join(body for kind, body in chunks if kind == b"IDAT")
    size = height * (1 + width * channels)
    try:
        rows = zlib.decompressobj().decompress(packed, size)
    except zlib.error as error:
        raise ValueError("is damaged") from error
    if len(rows) != size:
        raise ValueError("is damaged")
    plain = _plain(rows, width * channels, channels)
    return Picture(width, height, plain if channels == 4 else _opaque(plain))  # noqa: PLR2004 - with opacity


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at + 12 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length


def _plain(rows: bytes, stride: int, channels: int) -> bytes:
    """Undo what was done to each row to pack it better."""
    found = bytearray()
    above = bytes(stride)
    for start in range(0, len(rows), stride + 1):
        row = bytearray(rows[start + 1 : start + 1 + stride])
        for at in range(stride) if rows[start] else ():
            left = row[at - channels] if at >= channels else 0
            corner = above[at - channels] if at >= channels else 0
            row[at] = (row[at] + _expected(rows[start], left, above[at], corner)) % 256
        found += row
        above = bytes(row)
    return bytes(found)


def _expected(filtered: int, left: int, above: int, corner: int) -> int:
    match filtered:
        case 0:
            return 0
        case 1:
            return left
        case 2:
            return above
        case 3:
            return (left + above) // 2
        case 4:
            guess = left + above - corner
            return min((left, above, corner), key=lambda one: abs(guess - one))
        case _:
            raise ValueError("is damaged")


def _opaque(data: bytes) -> bytes:
    return b"".join(data[at : at + 3] + b"\xff" for at in range(0, len(data), 3))
