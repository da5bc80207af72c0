"""What is due of lists when a process comes or goes, how long they stood still, and what their cards say."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from tests.clinic import Clinic, spoken
from tests.kills.evidence import Entry
from tests.kills.fleet import Replica
from tests.kills.grounds import Away, Ground
from tests.kills.listed import Listing
from tests.kills.lister import lists, messages
from tests.kills.nursery import Child
from tests.kills.past import Aftermath
from tests.kills.victim import LIST_STEP
from tests.kills.wishes import Wish

_SOON = 1_000_000
"""Microseconds: a run looks every second, so that what is due by then is to be begun."""
_DEATHS = {"hit", "killed"}
HOLDERS = ("megan", "alex", "nia")


async def note_due(ground: Ground, replica: Replica, child: Child, what: str) -> None:
    """Write into the trail how much of lists waits to be done, as a process takes turns or has died."""
    now = round(time.time() * 1e6)
    due = f"status = 'ready' AND kind IN ('row', 'list') AND due_at <= {now + _SOON}"
    count = -1
    with suppress(Away):
        ((count,),) = await ground.rows(f"SELECT count(*) FROM jobs WHERE {due}")
    replica.note(what, child, due=int(count))


def waited(trail: Sequence[Entry]) -> list[float]:
    """Return how long each process that took turns while rows waited went without a step of theirs.

    Who died before its first step counts for as long as it lived.
    """
    return [round(took, 2) for took in _waits(trail)]


def _waits(trail: Sequence[Entry]) -> Iterator[float]:
    for place, line in enumerate(trail):
        if line["what"] == "ready" and line["due"] > 0:
            mine = (one for one in trail[place:] if one["pid"] == line["pid"])
            end = next((one for one in mine if one["what"] in {LIST_STEP, "paused", *_DEATHS}), None)
            before = any(one["what"] == LIST_STEP and one["pid"] == line["pid"] for one in trail[:place])
            if before:  # it has begun before anybody heard that it takes turns
                yield 0.0
            elif end is not None:
                yield float(end["at"] - line["at"])


def stood(trail: Sequence[Entry]) -> list[float]:
    """Return how long no step of any list was made after each death that left some to be made."""
    found = []
    for place, line in enumerate(trail):
        if line["what"] != "dead" or line["due"] <= 0:
            continue
        died = [one["at"] for one in trail[:place] if one["what"] in _DEATHS and one["pid"] == line["pid"]]
        later = [one["at"] for one in trail if one["what"] == LIST_STEP and died and one["at"] > died[-1]]
        if later:
            found.append(round(min(later) - died[-1], 2))
    return found


async def listings(
    clinic: Clinic, ground: Ground, wishes: Sequence[Wish], after: Aftermath, holders: Sequence[str] = HOLDERS
) -> list[Listing]:
    """Gather what is known of each list beside what the judge of lives is told; `holders` have its cards."""
    kept, shown = await lists(ground), await _shown(clinic, holders)
    found = []
    for wish in wishes:
        cards = [shown[message] for of, message in after.cards if of == wish.list_id and message in shown]
        rows = kept.get(wish.list_id, {}).get("rows", [])
        found.append(Listing(wish, rows, cards, await _mailed(ground, wish.list_id)))
    return found


async def _shown(clinic: Clinic, holders: Sequence[str]) -> Mapping[str, str]:
    """Return what each message says at last of those who have cards of lists, by its id."""
    found: dict[str, str] = {}
    for who in holders:
        found |= {one["id"]: spoken(dict(one)) for one in await messages(clinic, who) if one["card"]}
    return found


async def _mailed(ground: Ground, list_id: str) -> int:
    sent = (
        "SELECT count(*) FROM jobs j JOIN requests r ON r.id = j.request_id"
        f" WHERE r.list_id = '{list_id}' AND j.name = 'mail' AND j.status = 'done'"
    )
    ((count,),) = await ground.rows(sent)
    return int(count)
