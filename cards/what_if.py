"""Where Microsoft's own evaluation of a sign-in differs from the forecast; for admins: it names policies."""

from collections.abc import Callable, Sequence

from access.rules.sign_ins import Differs, Spot
from cards import anatomy
from cards.anatomy import DONE, LOOK_AT
from cards.elements import Element
from cards.look import Look

_MOST = 5


def differing(differs: Sequence[Differs] | None, place: Callable[[Spot], str], look: Look) -> list[Element]:
    """Return what differs, which nobody should have to unfold; nothing where nothing was compared."""
    if not differs:
        return []
    title = look.say("Microsoft's What If differs from this forecast")
    shown = [_line(one, place(one.spot), look) for one in differs[:_MOST]]
    if (more := len(differs) - _MOST) > 0:
        shown.append(look.count("One more policy differs.", "{number} more policies differ.", more))
    lines: list[Element] = [anatomy.label(f"{LOOK_AT.symbol} {title}")]
    return [*lines, *(anatomy.text(one, spacing="None") for one in shown)]


def alike(differs: Sequence[Differs] | None, look: Look) -> list[Element]:
    """Return that the two name the same policies, where that was compared."""
    if differs is None or differs:
        return []
    said = look.say("Microsoft's What If names the same policies, on Windows.")
    return [anatomy.text(f"{DONE.symbol} {said}", spacing="Small")]


def _line(one: Differs, place: str, look: Look) -> str:
    about = {"policy": one.policy, "place": place}
    if one.for_microsoft:
        return look.say("{place}, {policy}: Microsoft says that it applies, the forecast does not.", **about)
    return look.say("{place}, {policy}: the forecast says that it applies, Microsoft does not.", **about)
