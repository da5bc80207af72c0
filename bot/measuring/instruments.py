"""Every metric of Guestlist, by name; `docs/telemetry.md` says what each means."""

from collections.abc import Callable, Iterable, Mapping

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from bot.measuring.watch import Labels

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_DAYS = (
    *(_MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR, 4 * _HOUR, 8 * _HOUR),
    *(_DAY, 2 * _DAY, 4 * _DAY, 7 * _DAY, 14 * _DAY, 30 * _DAY),
)
_EFFECT = (1, 2, 5, 10, 30, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR, 4 * _HOUR, _DAY)
_QUICK = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
HISTOGRAMS: Mapping[str, tuple[str, tuple[float, ...]]] = {
    "guestlist.request.decision.duration": ("From the submission of a request to its decision", _DAYS),
    "guestlist.request.effect.duration": ("From the decision to the access that was proved", _EFFECT),
    "guestlist.request.acceptance.duration": ("From the delivery to the guest's acceptance", _DAYS),
    "guestlist.turn.duration": ("A turn, from its activity to the answer", _QUICK),
    "guestlist.job.duration": ("A run of jobs, whatever came of it", _QUICK),
    "guestlist.graph.duration": ("A call to Microsoft Graph, without its wait for a turn", _QUICK),
    "guestlist.graph.wait": ("The wait of a call to Microsoft Graph for its turn", _QUICK),
    "guestlist.teams.duration": ("A call to the Bot Connector", _QUICK),
}
COUNTERS: Mapping[str, tuple[str, str]] = {
    "guestlist.request.transitions": ("{transition}", "Requests that came into a state"),
    "guestlist.jobs": ("{job}", "Jobs that were done, put off, failed or dropped"),
    "guestlist.throttled": ("{answer}", "Answers that asked Guestlist to wait"),
    "guestlist.graph.cost": ("{unit}", "What calls to Microsoft Graph have cost of its documented limits"),
    "guestlist.card.failures": ("{try}", "Tries to show a card that failed"),
}
GAUGES: Mapping[str, tuple[str, str]] = {
    "guestlist.queue.age": ("s", "By how much the oldest due job was late, as the database last said"),
    "guestlist.database.silence": ("s", "How long ago the database has answered"),
    "guestlist.quota.used": ("{call}", "What of a daily limit is used up, of all replicas"),
    "guestlist.quota.limit": ("{call}", "The daily limit"),
    "guestlist.graph.limit": ("{unit}/s", "How fast a limit of Microsoft Graph refills"),
    "guestlist.graph.waiting": ("{call}", "Calls to Microsoft Graph that wait for their turn"),
    "guestlist.audit.head": ("{entry}", "The number of the newest entry of the audit"),
    "guestlist.audit.age": ("s", "How old that entry is"),
    "guestlist.delta.age": (
        "s",
        "How long ago it was read which guests have changed, by whichever replica",
    ),
    "guestlist.loop.lag": ("s", "How late the event loop comes"),
    "guestlist.process.memory": ("By", "Resident memory"),
    "guestlist.process.descriptors": ("{descriptor}", "Open file descriptors"),
}
_NO_LABELS: Labels = {}
Reading = Callable[[], Iterable[tuple[float, Labels]]]


class Instruments:
    """What is counted and timed, by name; gauges are asked when somebody collects."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._timed = {
            name: meter.create_histogram(name, "s", text, explicit_bucket_boundaries_advisory=list(bounds))
            for name, (text, bounds) in HISTOGRAMS.items()
        }
        self._counted = {
            name: meter.create_counter(name, unit, text) for name, (unit, text) in COUNTERS.items()
        }

    def took(self, name: str, seconds: float, labels: Labels = _NO_LABELS) -> None:
        self._timed[name].record(max(seconds, 0.0), labels)

    def count(self, name: str, labels: Labels, by: float = 1) -> None:
        self._counted[name].add(by, labels)

    def watch(self, name: str, read: Reading) -> None:
        """Have a gauge read, which may come from another thread."""

        def observed(_: CallbackOptions) -> Iterable[Observation]:
            return [Observation(value, dict(labels)) for value, labels in read()]

        unit, text = GAUGES[name]
        self._meter.create_observable_gauge(name, [observed], unit, text)
