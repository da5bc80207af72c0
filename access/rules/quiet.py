"""Quiet hours: when nobody is pinged, by the clock on their own wall."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begin` to `end`, over midnight where it ends earlier than it begins; and whole weekends.

    Where both are the same time, no hour of the day is quiet.
    """

    begin: time = time(18)
    end: time = time(8)
    weekend: bool = True

    def over(self, at: datetime, zone: tzinfo) -> datetime:
        """Return when somebody in this zone may be pinged: at once, or when their quiet hours end."""
        while (end := self._end(at.astimezone(zone))) is not None:
            at = end.astimezone(UTC)
        return at

    def _end(self, local: datetime) -> datetime | None:
        """Return when the quiet at this local time ends, though others may follow; None without any."""
        tomorrow = local.date() + timedelta(days=1)
        if self.weekend and local.weekday() >= _SATURDAY:
            return datetime.combine(tomorrow, time(), local.tzinfo)
        now, overnight = local.time(), self.end < self.begin
        if now >= self.begin and overnight:
            return datetime.combine(tomorrow, self.end, local.tzinfo)
        if now < self.end and (overnight or now >= self.begin):
            # The hour that a clock shows twice ends when it is shown for the second time, if this is that.
            return datetime.combine(local.date(), self.end.replace(fold=local.fold), local.tzinfo)
        return None


USUALLY = QuietHours()
