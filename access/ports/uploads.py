"""Files that people have: written where they made room for one."""

from collections.abc import Iterator
from typing import Protocol


class Uploads(Protocol):
    async def put(self, url: str, size: int, parts: Iterator[bytes]) -> None:
        """Write a file of `size` bytes at an address that made room for it, part by part.

        Raises `Refused` (`GUARDED`) where the address is none that is written to, and where the other side
        says no; `Gone` where the room is no more; `Unknown` where the last answer was lost.
        """
        ...
