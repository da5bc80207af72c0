"""A list of guests with its verdicts, as it is kept from the dry run for as long as its files are wanted."""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from access.rules.addresses import domain_of
from access.rules.bulk import Bulk, Sample
from access.rules.causes import Cause
from access.rules.model import ERASED, FormAnswer, Give, GiveKind, Named, ObjectId, Term
from access.rules.verdicts import Judged, Verdict, Wanted, by_domain, counts

DRAFT_KEPT = timedelta(days=1)
"""How long a list is kept that nobody has sent."""
SENT_KEPT = timedelta(days=30)
"""How long one that was sent is kept after the day until which it can be decided; while it runs, longer."""


class WhyNotSent(StrEnum):
    NO_LIST = "no-list"
    """There is none, or not for this person, or its time is over."""
    EMPTY = "empty"
    """No row of it goes."""
    NOT_ALLOWED = "not-allowed"
    """Whoever asks may ask for this access no more."""
    NO_APPROVER = "no-approver"


@dataclass(frozen=True, slots=True)
class NotSent:
    """A list that became no request."""

    why: WhyNotSent | Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestList:
    """What one person asks for many guests: the rows as they were judged at `made_at`."""

    list_id: str
    owner: ObjectId
    file: str
    """What the file was called; empty where the rows were typed."""
    app: Named
    give: Give
    term: Term
    justification: str
    message: str
    deciders: tuple[Named, ...]
    """Who decides about the rows that go, as policy and directory said then."""
    rows: tuple[Judged, ...]
    made_at: datetime
    kept_until: datetime
    answers: tuple[FormAnswer, ...] = ()
    """To the policy's questions, of all of them."""

    @property
    def is_judged(self) -> bool:
        """Tell whether it is known what is asked for; nothing goes before that."""
        return bool(self.app.object_id)

    @property
    def going(self) -> Iterator[Judged]:
        return (row for row in self.rows if row.goes)


def unjudged(
    list_id: str, owner: ObjectId, file: str, rows: Iterable[Wanted], made_at: datetime
) -> GuestList:
    """Return rows as they were read, of which nobody has said yet what is asked for."""
    return GuestList(
        list_id=list_id,
        owner=owner,
        file=file,
        app=Named(ObjectId(""), ""),
        give=Give(GiveKind.APP_ROLE, ObjectId(""), ""),
        term=Term(),
        justification="",
        message="",
        deciders=(),
        rows=tuple(
            Judged(number=row.number, written=row.address, name=row.name, verdict=Verdict.UNJUDGED)
            for row in rows
        ),
        made_at=made_at,
        kept_until=made_at + DRAFT_KEPT,
    )


def rows_of(made: GuestList) -> tuple[Wanted, ...]:
    """Return the rows of a list, to be judged anew."""
    return tuple(Wanted(row.number, row.written, row.name) for row in made.rows)


def digest_of(rows: Iterable[Judged]) -> str:
    """Return what an approval is bound to: every row that goes, in order, with whom it is about."""
    digest = hashlib.sha256()
    for row in rows:
        if row.goes:
            fields = (str(row.number), row.address, row.name, row.verdict, row.guest_id or "")
            digest.update("\0".join(fields).encode() + b"\n")
    return digest.hexdigest()


def rows_that_go(made: GuestList, left_out: Collection[str] = ()) -> Iterator[Judged]:
    """Yield what is asked for: of no domain that was excepted, and of nobody who was forgotten since."""
    return (row for row in made.going if row.address != ERASED and domain_of(row.address) not in left_out)


def bulk_of(made: GuestList, left_out: Collection[str] = ()) -> Bulk:
    """Return what a request says of a list."""
    rows = list(rows_that_go(made, left_out))
    return Bulk(
        list_id=made.list_id,
        file=made.file,
        digest=digest_of(rows),
        rows=len(rows),
        counts=tuple(counts(made.rows).items()),
        domains=tuple(by_domain(rows)),
        left_out=tuple(left_out),
    )


def samples_of(made: GuestList, left_out: Collection[str] = (), most: int = 5) -> tuple[Sample, ...]:
    """Return the first guest of each of the largest domains, and then the first of all others."""
    rows = list(rows_that_go(made, left_out))
    first: dict[str, Judged] = {}
    for row in rows:
        first.setdefault(domain_of(row.address), row)
    of_domains = [first[domain] for domain, _ in by_domain(rows)][:most]
    chosen = dict.fromkeys((*of_domains, *rows[:most]))
    return tuple(Sample(one.name, one.address) for one in list(chosen)[:most])


def without(made: GuestList, is_meant: Iterable[bool]) -> GuestList | None:
    """Return the list without what it says of some rows' guests; None where it names none of them."""
    meant = list(is_meant)
    if not any(meant):
        return None
    rows = (_erased(row) if theirs else row for row, theirs in zip(made.rows, meant, strict=True))
    return replace(made, rows=tuple(rows))


def _erased(row: Judged) -> Judged:
    return replace(row, written=ERASED, address=ERASED, name=ERASED, problem=None)
