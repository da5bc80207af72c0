"""For whom something is asked of the world, where several wait for one answer."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import Context, ContextVar

_sharers: ContextVar[Sequence[Context]] = ContextVar("sharers", default=())


@contextmanager
def shared_by(waiting: Sequence[Context]) -> Iterator[None]:
    """Let what is asked within the block be asked for all of these; more may come while it is under way."""
    token = _sharers.set(waiting)
    try:
        yield
    finally:
        _sharers.reset(token)


def sharers() -> Sequence[Context]:
    """Return in whose places something is asked; empty where it is for whoever asks alone."""
    return _sharers.get()
