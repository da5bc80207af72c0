"""Whether somebody waits for what is asked of the world, or it belongs to a list of thousands."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_behind: ContextVar[bool] = ContextVar("behind", default=False)


@contextmanager
def behind_people() -> Iterator[None]:
    """Let what is asked within the block, and in the tasks begun there, stand behind what people wait for.

    It may be put off for a second or two, so that what is alike goes together.
    """
    token = _behind.set(True)
    try:
        yield
    finally:
        _behind.reset(token)


def is_behind() -> bool:
    return _behind.get()
