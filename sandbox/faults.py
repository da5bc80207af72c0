"""Faults on demand, for Graph and connector calls: refused, lost before or after the effect, late, withheld.

A rule: `{"match": {"method": "POST", "path": "/invitations$"}, "do": "503-after", "times": 1, "after": 0,
"retryAfter": 1}`. `path` is a regular expression searched for in the path, `do` is a status (`429`,
`503-before`, `504-after`), `reset-before`, `reset-after`, `hang`, `delay` (with `seconds`) or `hold`: the
effect happens and its answer waits for a release. `retryAfter` may be a list, of which each answer has one.
A mix: `{"mix": {"429": 0.04, "503-after": 0.03}, "seed": 7}` draws for each call.
"""

import asyncio
import itertools
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Any, ClassVar

from aiohttp import web

Serve = Callable[[], Awaitable[web.StreamResponse]]
Refuse = Callable[[int, dict[str, str]], web.StreamResponse]

FAULT = web.RequestKey("fault", str)
KINDS = re.compile(r"[45]\d\d(-before|-after)?|reset-before|reset-after|hang|delay|hold")


class BadRule(ValueError):
    """A fault rule that cannot be understood."""


@dataclass
class Rule:
    """One rule; `times` counts down to nothing, or is None for always."""

    do: str
    method: str = ""
    path: re.Pattern[str] = field(default_factory=lambda: re.compile(""))
    times: int | None = 1
    after: int = 0
    retry_after: Any = 1
    seconds: float = 0.2
    mix: dict[str, float] = field(default_factory=dict)
    random: Random = field(default_factory=Random)

    @classmethod
    def of(cls, given: dict[str, Any]) -> "Rule":
        match, mix = given.get("match", {}), given.get("mix", {})
        kinds = list(mix) or [str(given.get("do"))]
        unknown = [kind for kind in kinds if not KINDS.fullmatch(kind)]
        if unknown or set(given) - {"match", "do", "times", "after", "retryAfter", "seconds", "mix", "seed"}:
            raise BadRule(f"Cannot understand {given!r}; see the faults in the sandbox's README.")
        return cls(
            do=kinds[0],
            method=match.get("method", ""),
            path=re.compile(match.get("path", "")),
            times=given.get("times", None if mix else 1),
            after=given.get("after", 0),
            retry_after=given.get("retryAfter", 1),
            seconds=given.get("seconds", 0.2),
            mix=mix,
            random=Random(given.get("seed", 0)),  # noqa: S311 - a fault needs a repeatable die, not a secret
        )

    def asks_to_wait(self) -> dict[str, str]:
        """Return the header, of a list one by chance: seconds, `date` for one in two seconds, or `absent`."""
        listed = isinstance(self.retry_after, list)
        asked = self.random.choice(self.retry_after) if listed else self.retry_after
        at = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True) if asked == "date" else ""
        return {} if asked == "absent" else {"Retry-After": at or str(asked)}

    def draw(self, method: str, path: str) -> str | None:
        """Return what to do with this call, if this rule is about it."""
        if self.times == 0 or self.method not in ("", method) or not self.path.search(path):
            return None
        if self.after > 0:
            self.after -= 1
            return None
        kind: str | None = self.do
        if self.mix:
            point = self.random.random()
            sums = zip(self.mix, itertools.accumulate(self.mix.values()), strict=True)
            kind = next((name for name, upto in sums if point < upto), None)
        if kind and self.times is not None:
            self.times -= 1
        return kind


@dataclass
class Held:
    """An answer that waits: its effect has happened."""

    id: int
    method: str
    path: str
    released: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class Faults:
    """The rules in force, first match first, and the answers that are held."""

    rules: list[Rule] = field(default_factory=list)
    held: dict[int, Held] = field(default_factory=dict)
    _numbers: ClassVar["itertools.count[int]"] = itertools.count(1)

    def clear(self) -> None:
        self.rules.clear()
        self.release(None)

    def release(self, number: int | None) -> int:
        """Let one held answer go, or all of them; return how many went."""
        going = [held for held in self.held.values() if number in (None, held.id)]
        for held in going:
            held.released.set()
        return len(going)

    def draw(self, method: str, path: str) -> tuple[str, Rule] | None:
        for rule in self.rules:
            kind = rule.draw(method, path)
            if kind:
                return kind, rule
        return None

    async def around(self, request: web.Request, serve: Serve, refuse: Refuse) -> web.StreamResponse:
        """Serve one call, with the fault that the rules draw; `refuse` draws the half's own error body.

        `FAULT` on the request names the fault for whoever keeps the ledger.
        """
        drawn = self.draw(request.method, request.path)
        if drawn is None:
            return await serve()
        kind, rule = drawn
        request[FAULT] = kind
        what, _, when = kind.partition("-")
        if what in ("hang", "delay", "hold"):
            return await self._late(what, rule, request, serve)
        if when == "after":
            await serve()
        if what == "reset":
            return hang_up(request)
        return refuse(int(what), rule.asks_to_wait() if what in ("429", "503") else {})

    async def _late(self, what: str, rule: Rule, request: web.Request, serve: Serve) -> web.StreamResponse:
        if what == "delay":
            await asyncio.sleep(rule.seconds)
            return await serve()
        answer = await serve() if what == "hold" else None
        held = Held(next(self._numbers), request.method, request.path)
        self.held[held.id] = held
        try:
            await held.released.wait()
        finally:
            del self.held[held.id]
        return answer if answer is not None else hang_up(request)


def hang_up(request: web.Request) -> web.Response:
    """Reset the connection; the returned answer cannot reach anybody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
