"""How often Graph may be called, by bucket: alone with a tenant, and by several replicas together."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """A bucket of `burst` that refills at `rate` a second, of which bulk leaves `people` to people."""

    burst: float
    rate: float
    people: float = 0.0


# Microsoft Graph throttling limits (learn.microsoft.com/graph/throttling-limits) and Exchange Online
# limits. Where a limit is "n in t seconds", burst + rate * t stays at n, so that it holds for any window.
LIMITS: Mapping[str, Limit] = {
    "units": Limit(1000, 250, 200),  # 3,500 resource units in 10 s for an app in a small tenant
    "writes": Limit(3000, 20, 200),  # 3,000 identity writes in 150 s, documented as a token bucket
    "invitations": Limit(5, 29, 3),  # 150 in 5 s for the whole tenant; a margin for what is pressed together
    "sends": Limit(3, 0.45),  # 30 messages a minute from a mailbox
    "reports": Limit(2, 0.3),  # 5 reports in 10 s for an app in a tenant
    "conditional": Limit(1, 0.9),  # 1 request a second for the whole tenant, refused without Retry-After
}
# What several replicas use together: a quarter below, and of invitations a third, since a turn may be used
# a moment after it was had.
SHARED: Mapping[str, Limit] = {
    "units": Limit(600, 190, 150),
    "writes": Limit(2250, 15, 200),
    "invitations": Limit(5, 19, 1.25),
    "sends": Limit(3, 0.32),
    "reports": Limit(1, 0.25),
    "conditional": Limit(1, 0.7),
}
_OF_THE_DIRECTORY = frozenset({"units", "writes", "invitations"})


def shared_out(limits: Mapping[str, Limit], share: float) -> Mapping[str, Limit]:
    """Return the limits where only so much of the directory's is ours; a burst holds a call in any case."""
    return {
        name: Limit(max(one.burst * share, 5), one.rate * share, one.people * share)
        if name in _OF_THE_DIRECTORY
        else one
        for name, one in limits.items()
    }
