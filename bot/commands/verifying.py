"""`guestlist audit verify`: walks the chain, compares it with checkpoints, and says what was found."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from access.rules.audit import AuditEntry, Broken, Difference, Walk
from access.rules.checkpoints import Checkpoint, Comparison
from access.rules.model import Restore
from bot.commands.how_far import HowFar
from bot.store.book import Book

_WHAT = {
    Difference.MISSING: "entry {place:,} is missing; entry {seq:,} follows instead",
    Difference.EDITED: "its hash does not fit what it says: it was edited",
    Difference.UNLINKED: "it does not follow from the entry before it; one of the two was replaced",
}


@dataclass(slots=True)
class Report:
    """What verifying found: `wrong` are findings, `missing` is what could not be seen."""

    checked: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    entries: int = 0
    newest: str = ""
    """Of those that follow from each other, as a checkpoint is written."""

    @property
    def text(self) -> str:
        lines = [*self.checked, *(f"Missing: {one}" for one in self.missing), *self.wrong]
        return "".join(f"{line}\n" for line in lines)


async def verify(
    book: Book, checkpoints: Sequence[Checkpoint], sources: str, far: HowFar | None = None
) -> Report:
    """Verify the whole chain in one walk; `sources` says where the checkpoints were kept."""
    walk, comparison, broken = Walk(), Comparison.of(checkpoints), None
    first: AuditEntry | None = None
    entries = (far or HowFar()).along("Entries", book.entries(), book.last, lambda one: one.seq)
    async for entry in entries:
        first = first or entry
        if (broken := walk.step(entry)) is not None:
            break
        comparison.step(entry)
    report = Report([_walked(walk, first)], entries=walk.count)
    report.newest = f"{walk.last.seq}:{walk.last.hash}" if walk.last else ""
    if broken is not None:
        report.wrong += _break(broken, walk.last)
        return report
    cut = comparison.end(walk.last)
    _compare(report, comparison, cut, walk, sources)
    _explain(report, await book.restores(), [*comparison.differ, *cut])
    return report


def _walked(walk: Walk, first: AuditEntry | None) -> str:
    if first is None or walk.last is None:
        return "No entry was found."
    last = walk.last
    return (
        f"{walk.count:,} {'entry follows' if walk.count == 1 else 'entries follow'} from each other, "
        f"from {_at(first.at)} to {_at(last.at)}; the newest is {last.seq}:{last.hash}"
    )


def _break(broken: Broken, good: AuditEntry | None) -> list[str]:
    seq = broken.entry.seq
    what = _WHAT[broken.difference].format(place=broken.place, seq=seq)
    last = (
        f"The last good entry is {good.seq:,} of {_at(good.at)}." if good else "No entry before it is good."
    )
    return [
        f"The chain is broken at entry {seq:,} of {_at(broken.entry.at)} ({broken.entry.fact.what}): {what}.",
        f"{last} Nothing after the break was judged.",
    ]


def _compare(report: Report, comparison: Comparison, cut: list[Checkpoint], walk: Walk, sources: str) -> None:
    count = walk.count
    newest, given = comparison.newest, comparison.agreed + len(comparison.differ) + len(cut)
    if not given:
        report.missing.append(
            f"no checkpoint was compared ({sources}). A tail that was cut off, or a chain that was written "
            "anew, would not be seen. GUESTLIST_CHECKPOINT_FILE keeps checkpoints; --against takes one."
        )
        return
    report.checked.append(f"{comparison.agreed:,} of {given:,} checkpoints agree ({sources}).")
    if newest is not None and newest.seq < count:
        report.missing.append(
            f"no checkpoint covers the {count - newest.seq:,} newest entries, after entry {newest.seq:,}."
        )
    for gap in comparison.gaps:
        report.missing.append(
            f"no checkpoint was kept in time of entries {gap.seq:,} to {gap.until_seq:,}, "
            f"{_at(gap.at)} to {_at(gap.until)}."
        )
    since = f"after entry {newest.seq:,}, where a checkpoint agrees" if newest else "somewhere"
    for one in comparison.differ[:1]:
        report.wrong.append(
            f"The chain was written anew {since}: entry {one.seq:,} has another hash than its checkpoint"
            f"{_noted(one)}."
        )
    for one in cut[-1:]:
        report.wrong.append(
            f"The tail was cut off: a checkpoint{_noted(one)} knows entry {one.seq:,}, and the chain ends "
            f"with entry {count:,}."
        )


def _explain(report: Report, restores: Sequence[Restore], wrong: Sequence[Checkpoint]) -> None:
    """Name the restores of a backup after which a chain rightly goes on from an earlier entry."""
    for restore in restores:
        if any(one.seq > restore.seq and (one.at is None or one.at <= restore.at) for one in wrong):
            report.wrong.append(
                f"A restore of a backup was noted on {_at(restore.at)}: the chain goes on from entry "
                f"{restore.seq:,}. If that was so, earlier checkpoints of later entries no longer hold."
            )


def _noted(one: Checkpoint) -> str:
    return f" of {_at(one.at)}" if one.at else " as it was typed"


def _at(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
