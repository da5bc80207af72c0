"""Where the command `guestlist` begins: how it ends holds from here on, so nothing else is loaded before."""

import os
import sys
from collections.abc import Sequence
from types import TracebackType

_STDERR = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, and return how it ends; of a process of its own also where nobody foresaw it."""
    if arguments is None:
        sys.excepthook = _end
        _fill_closed_streams()
    from bot.commands.typed import carried_out

    return carried_out(list(sys.argv[1:] if arguments is None else arguments))


def _fill_closed_streams() -> None:
    """Let what is written to a stream that was closed go nowhere, not into the file that is opened next."""
    while (place := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        pass
    os.close(place)
    sys.stdin = sys.stdin or os.fdopen(0, "r", encoding="utf-8", closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(_STDERR, "w", encoding="utf-8", closefd=False)


def _end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Tell what nobody caught, without addresses and tokens, and end with a code that no finding has."""
    from contextlib import suppress
    from traceback import format_exception

    from bot.commands.answers import BROKEN, INTERRUPTED
    from bot.telemetry import redact

    by_hand = issubclass(kind, KeyboardInterrupt)
    said = "Interrupted.\n" if by_hand else redact("".join(format_exception(kind, error, trace)))
    for stream, text in ((sys.stdout, ""), (sys.stderr, said)):
        with suppress(OSError, ValueError):
            stream.write(text)
            stream.flush()
    os._exit(INTERRUPTED if by_hand else BROKEN)  # a hook has no other way to say how it ends


if __name__ == "__main__":
    sys.exit(main())
