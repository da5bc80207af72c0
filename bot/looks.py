"""What one replica looks at now and then, beside the directory, as the settings ask for it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from access.service.retention import Retention
from bot.certificate import CertificateWatch
from bot.clock import SteadyClock
from bot.credential import Credential, chosen_of
from bot.kept import Kept
from bot.settings import Settings

Look = tuple[float, Callable[[], Awaitable[None]], str]
"""Every so many seconds, what is done, and by what name."""


def looks_of(
    settings: Settings, kept: Kept, credential: Credential, ring: Callable[[str], None]
) -> Sequence[Look]:
    looks: list[Look] = []
    if chosen := chosen_of(credential):
        watch = CertificateWatch(chosen, kept.store, kept.clock, ring)
        looks.append((60.0, watch.look, "certificate"))
    if days := settings.retention_days:
        ahead = kept.clock.ahead if isinstance(kept.clock, SteadyClock) else timedelta
        retention = Retention(kept.store, kept.clock, days, settings.time_zone, ahead)
        looks.append((3600.0, retention.nightly, "guests whose time is over"))
    return looks
