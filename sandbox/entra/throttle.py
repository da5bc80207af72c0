"""Throttling as documented: windows per tenant with what each call costs, from `data/limits.json`."""

import json
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.story import DATA
from sandbox.switches import Switches

SHOWN_FROM = 0.8
SMALL_TOP = 20


@dataclass
class Window:
    """What was spent on one limit within its seconds; refused calls go on counting."""

    name: str
    amount: float
    seconds: float
    retry_after: bool
    information: str
    spent: deque[tuple[float, float]] = field(default_factory=deque)

    @classmethod
    def of(cls, name: str, told: dict[str, Any]) -> "Window":
        kind = Bucket if told.get("bucket") else cls
        return kind(name, told["amount"], told["seconds"], told["retryAfter"], told["information"])

    def spend(self, now: float, cost: float) -> float:
        """Count a call and return the share of the limit that is used, above 1 when refused."""
        while self.spent and self.spent[0][0] <= now - self.seconds:
            self.spent.popleft()
        self.spent.append((now, cost))
        return sum(each for _, each in self.spent) / self.amount

    def wait(self, now: float) -> int:
        """Return the whole seconds until there is room again."""
        over = sum(each for _, each in self.spent) - self.amount
        for at, cost in self.spent:
            over -= cost
            if over <= 0:
                return max(1, math.ceil(at + self.seconds - now))
        return math.ceil(self.seconds)


@dataclass
class Bucket(Window):
    """A limit that refills all the time instead of forgetting at once; refused calls go on counting, too."""

    lacking: float = 0.0
    seen: float = 0.0

    def spend(self, now: float, cost: float) -> float:
        self.lacking = max(0.0, self.lacking - (now - self.seen) * self.amount / self.seconds) + cost
        self.seen = now
        return self.lacking / self.amount

    def wait(self, now: float) -> int:
        missing = (self.lacking - self.amount) * self.seconds / self.amount
        return max(1, math.ceil(missing - (now - self.seen)))


@dataclass(frozen=True)
class Reading:
    """What a call found: its units, the fullest limit, and the one that refused it."""

    units: int
    share: float
    refused: Window | None
    wait: int


class Meter:
    """All limits of one tenant."""

    def __init__(self, clock: Callable[[], float], switches: Switches) -> None:
        limits = json.loads((DATA / "limits.json").read_text(encoding="utf-8"))
        self._clock, self._switches = clock, switches
        self._costs: dict[str, int] = limits["costs"]["byRoute"]
        self._windows = {name: Window.of(name, told) for name, told in limits["windows"].items()}

    def units(self, method: str, route: str, query: dict[str, Any]) -> int:
        """Return a call's resource units: by route, less with $select or a small $top, more with $expand."""
        if method != "GET":
            return 1
        top = str(query.get("$top", ""))
        small = top.isdigit() and int(top) < SMALL_TOP
        return max(1, self._costs.get(route, 1) - ("$select" in query) + ("$expand" in query) - small)

    def read(self, method: str, route: str, query: dict[str, Any]) -> Reading:
        units = self.units(method, route, query)
        if self._switches["throttling"] == "off":
            return Reading(units, 0, None, 0)
        now = self._clock()
        shares = [
            (self._windows[name].spend(now, cost), self._windows[name])
            for name, cost in self._spending(method, route, units)
        ]
        share, fullest = max(shares, key=lambda each: each[0], default=(0.0, None))
        refused = fullest if share > 1 else None
        return Reading(units, share, refused, refused.wait(now) if refused else 0)

    def _spending(self, method: str, route: str, units: int) -> list[tuple[str, float]]:
        if route.startswith("/users/{id}/sendMail") or "/messages" in route:
            sends = method == "POST" and not route.endswith("/messages")
            return [("mailSends", 1)] if sends else []
        if route.startswith(("/auditLogs", "/reports")):
            return [("reports", 1)]
        spending: list[tuple[str, float]] = [("resourceUnits", units)]
        if route.startswith("/subscriptions"):
            return spending
        if route == "/invitations":
            spending.append(("invitations", 1))
        if route.startswith("/identity/conditionalAccess"):
            spending.append(("conditionalAccess", 1))
        if method != "GET" and (route != "/invitations" or self._switches["invitationCostsWrite"]):
            spending.append(("writes", 1))
        return spending
