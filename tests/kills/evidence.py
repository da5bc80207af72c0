"""What is known after a run, and nothing of how it came about: the judge reads this alone."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.clinic import TOKEN, Clinic, spoken
from tests.kills.crowd import REQUESTS, Guest
from tests.kills.grounds import Ground

Entry = Mapping[str, Any]
_AUDIT = "SELECT seq, at, what, request_id, actor, subject, detail, previous, hash FROM audit ORDER BY seq"
_COLUMNS = ("seq", "at", "what", "request_id", "actor", "subject", "detail", "previous", "hash")
_TABLES = (
    "requests",
    "jobs",
    "audit",
    "decisions",
    "personal",
    "notes",
    "meta",
    "turns",
    "leases",
    "budgets",
)
_GIVEN_UP = "SELECT request_id, name FROM jobs WHERE kind = 'card' AND status = 'dropped'"
CHANNEL = "channel"
BUGS = ("by a bug", "Traceback (most recent call last)")
"""What no log may say, whatever happens around the process."""
CONCERNED = (("megan", "personal"), ("megan", "channel"), ("alex", "personal"), ("nia", "personal"))
BYSTANDERS = (("diego", "channel"), ("isaiah", "channel"))


@dataclass(frozen=True, slots=True)
class Output:
    """Something that people or programs can read, and the words that must not be in it."""

    where: str
    text: str
    forbidden: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    guests: Sequence[Guest]
    ledger: Sequence[Entry]
    """What happened once the first could be invited."""
    known: Mapping[str, str]
    """The addresses of the guests who were there before, by object id."""
    places: Mapping[str, str]
    """The conversation of each audience: of the channel, and of each person who is shown cards in a 1:1."""
    given_up: Sequence[tuple[str, str]]
    """Each card that Guestlist has given up: its request, and the audience."""
    heads: Mapping[int, int]
    """The newest audit entry when a Graph write came in, by the ledger's number of its effects."""
    chain: Sequence[Entry]
    requests: Sequence[tuple[str, int, str, str]]
    """Id, number, state, address."""
    decisions: Sequence[str]
    """The request of each."""
    trail: Sequence[Entry]
    outputs: Sequence[Output]
    faults: Sequence[str] = field(default=())
    """What was found at once: a probe unanswered, a process that ended by itself."""


async def gather(
    clinic: Clinic,
    ground: Ground,
    guests: Sequence[Guest],
    heads: Mapping[int, int],
    links: Sequence[str],
    trail: Sequence[Entry],
    logs: Sequence[Path],
    faults: Sequence[str],
    since: int,
) -> Evidence:
    """Collect all there is, once every process has ended."""
    rows = await ground.rows(_AUDIT)
    requests = REQUESTS.replace("SELECT ", "SELECT r.id, ")
    ledger = await clinic.ledger()
    created = [event for event in ledger if event["kind"] == "user.created" and event["seq"] <= since]
    return Evidence(
        guests=guests,
        ledger=[event for event in ledger if event["seq"] > since],
        known={event["detail"]["guest"]: event["detail"]["address"] for event in created},
        places={
            where if where == CHANNEL else who: await clinic.place(who, where) for who, where in CONCERNED
        },
        given_up=[(request, _audience(clinic, name)) for request, name in await ground.rows(_GIVEN_UP)],
        heads=heads,
        chain=[dict(zip(_COLUMNS, row, strict=True)) for row in rows],
        requests=[(row[0], row[1], row[2], row[3]) for row in await ground.rows(requests)],
        decisions=[row[0] for row in await ground.rows("SELECT request_id FROM decisions")],
        trail=trail,
        outputs=await _outputs(clinic, ground, guests, links, logs),
        faults=faults,
    )


async def cards_of(ground: Ground) -> Sequence[tuple[str, str]]:
    """Return each card of the outbox that was posted: its request, and the message that holds it."""
    rows = await ground.rows("SELECT request_id, body FROM jobs WHERE kind = 'card' AND status = 'done'")
    return [(request, message) for request, body in rows if (message := json.loads(body).get("message"))]


def _audience(clinic: Clinic, name: str) -> str:
    """Return whose card a row of the outbox is, as `places` has it."""
    keys = {clinic.story.person(key)["id"]: key for key in ("alex", "nia")}
    whose = {"thread": CHANNEL, "requestor": "megan"}
    return whose.get(name) or keys.get(name.removeprefix("approver/"), name)


async def _outputs(
    clinic: Clinic, ground: Ground, guests: Sequence[Guest], links: Sequence[str], logs: Sequence[Path]
) -> list[Output]:
    keys = [TOKEN, *links]
    private = [*keys, *(guest.address for guest in guests), *(guest.justification for guest in guests)]
    names = [*private, *(name for guest in guests for name in (guest.name, guest.other_name))]
    said = [*names, *BUGS]
    found = [Output(f"the log {path.name}", path.read_text(errors="replace"), said) for path in logs]
    for table in _TABLES:
        text = str(await ground.rows(f"SELECT * FROM {table}"))
        found.append(Output(f"the table {table}", text, names if table == "audit" else keys))
    for who, where in (*CONCERNED, *BYSTANDERS):
        forbidden = private if (who, where) in BYSTANDERS else keys
        found.append(Output(f"what {who} sees ({where})", await _seen(clinic, who, where), forbidden))
    return found


async def _seen(clinic: Clinic, who: str, where: str) -> str:
    """Return all that the bot has shown somebody, in words and in data."""
    place = await clinic.place(who, where)
    answer = await clinic.get("/teams/messages", **{"as": who}, conversation=place, refresh="off")
    said = [one for one in answer["messages"] if one["from"]["bot"]]
    return "\n".join(f"{one['text']} {one['card']} {spoken(one)}" for one in said)
