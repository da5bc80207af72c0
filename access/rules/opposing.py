"""Whether an undo would do the opposite of what was shown, because others have acted meanwhile."""

from access.rules.undoing import Undoable, Undoes

_GIVES = frozenset({Undoes.TAKEN, Undoes.REMOVED})
"""What is taken back by giving."""


def is_opposite(asked: Undoable, seen: str) -> bool:
    """Tell whether one gives and the other takes away: what is asked now and what was `seen`, by its hash.

    What an older version has shown does not say which it was.
    """
    shown = seen.partition(":")[0]
    return shown not in set(Undoes) or (shown in _GIVES) != (asked.doing.undoes in _GIVES)
