"""What becomes of some of the crowd's guests once they have access: undone, given again, blocked, renewed."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tests.clinic import Clinic
from tests.kills.grounds import Away, Ground

_AGAIN, _LOOK = 0.7, 0.1
_HOUR = 3_600_000_000
_ASLEEP = "'timer', 'term', 'acceptance', 'reminder', 'watch', 'question', 'trial', 'list'"
Body = Mapping[str, Any]


def left_to_do(at: float) -> str:
    """Return what is true of a row that is to be done at this time of the clock, or soon."""
    now = round(at * 1e6)
    sleeps = f"kind IN ({_ASLEEP}) AND due_at > {now}"
    lasts = f"kind = 'account' AND due_at > {now + _HOUR}"  # the days before a deletion and after it
    return f"status = 'ready' AND NOT ({sleeps}) AND NOT ({lasts})"


@dataclass(frozen=True, slots=True)
class Act:
    """Lines that are typed, each by somebody, until the requests about the guest are as they are to be."""

    lines: Sequence[tuple[str, str]]
    done: Callable[[Sequence[Body]], bool]


def _access(bodies: Sequence[Body]) -> str:
    return str((bodies[0].get("assignment") or {}).get("state", ""))


def _account(bodies: Sequence[Body]) -> str:
    removals = [one for one in bodies if one["kind"] == "remove" and one.get("account")]
    return str(removals[-1]["account"]["state"]) if removals else ""


def _renewals(bodies: Sequence[Body]) -> int:
    return len((bodies[0].get("assignment") or {}).get("renewals", ()))


def _any(kind: str, state: str) -> Callable[[Sequence[Body]], bool]:
    return lambda bodies: any(one["kind"] == kind and one["state"] == state for one in bodies)


_UNDONE = Act((("megan", "/undo {first} now"),), lambda bodies: _access(bodies) == "ended")
_REMOVED = Act((("alex", "/remove {first}"),), lambda bodies: _access(bodies) == "ended")
_BACK = Act((("alex", "/undo {first} now"),), lambda bodies: _access(bodies) == "active")
_LEFT = Act(
    (("megan", "/remove {address} from the directory now because the contract has ended"),),
    lambda bodies: _account(bodies) == "blocked",
)
_RESTORED = Act((("megan", "/restore {address}"),), lambda bodies: _account(bodies) == "restored")
_CHANGED = Act((("megan", '/change {address} name "{other}"'),), _any("change", "delivered"))
_RENEWED = Act(
    (
        ("megan", "/extend {first} by 30d because canary-why it goes on"),
        ("alex", "/approve {newest}"),
        ("nia", "/approve {newest}"),
    ),
    lambda bodies: _renewals(bodies) > 0,
)
_SHORTENED = Act((("megan", "/undo {renewal} now"),), lambda bodies: _renewals(bodies) == 0)
LATER: Mapping[str, Sequence[Act]] = {
    "undone": (_UNDONE,),
    "given again": (_REMOVED, _BACK),
    "restored": (_LEFT, _RESTORED),
    "changed": (_CHANGED, _LEFT),
    "renewed": (_RENEWED, _SHORTENED, _REMOVED),
}


@dataclass(slots=True)
class Afterlife:
    """Carries one guest through what is to become of them, whoever dies meanwhile."""

    clinic: Clinic
    ground: Ground
    address: str
    other: str
    """The name that they are given."""

    async def live(self, later: str) -> None:
        for act in LATER[later]:
            while not act.done(bodies := await self._bodies()):
                for line in (*act.lines, *self._again(bodies)):
                    who, text = line
                    names = {one: _label(body) for one, body in _named(bodies).items()}
                    await self.clinic.say(who, text.format(**names, address=self.address, other=self.other))
                await asyncio.sleep(_AGAIN)
        # A line that nobody answered may have asked once more, after what it asked for was given.
        while waiting := [one for one in await self._bodies() if one["state"] == "pendingApproval"]:
            await self.clinic.say("megan", f"/cancel {_label(waiting[0])}")
            await asyncio.sleep(_AGAIN)

    def _again(self, bodies: Sequence[Body]) -> Sequence[tuple[str, str]]:
        """Return the lines that take up again what stands still."""
        return [("megan", f"/retry {_label(one)}") for one in bodies if _stands_still(one)]

    async def _bodies(self) -> Sequence[Body]:
        """Return the requests about the guest, the first of which gave the access."""
        query = (
            "SELECT r.body FROM requests r JOIN personal p ON p.subject = r.subject"
            f" WHERE p.address = '{self.address}' ORDER BY r.number"
        )
        while True:
            with suppress(Away):
                return [json.loads(body) for (body,) in await self.ground.rows(query)]
            await asyncio.sleep(_LOOK)


def _named(bodies: Sequence[Body]) -> Mapping[str, Body]:
    """Return the requests that lines are about: the first, the newest, and the last renewal given."""
    given = [one for one in bodies if one["kind"] == "extend" and one["state"] == "delivered"]
    return {"first": bodies[0], "newest": bodies[-1], "renewal": (given or bodies)[-1]}


def _label(body: Body) -> str:
    return f"R-{body['number']}"


def _stands_still(body: Body) -> bool:
    """Tell whether somebody has to take a request up; a second removal of one guest is none's to take up."""
    found = (body, body.get("assignment") or {}, body.get("account") or {})
    failures = [one["failure"] for one in found if one.get("failure")]
    return any(one["cause"] != "removed-already" for one in failures)
