"""What would become of each row of a list of guests, judged from what was read once for all of them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from access.rules.addresses import domain_of, name_from, read_address
from access.rules.bulk import GOES, Verdict
from access.rules.draft_texts import LONGEST_NAME
from access.rules.model import Guest, ObjectId
from access.rules.refusals import Problem
from access.rules.scripts import passes_for_another
from access.rules.visible import has_letters

__all__ = [
    "GOES",
    "Judged",
    "Known",
    "OfDomain",
    "Verdict",
    "Wanted",
    "addresses_of",
    "by_domain",
    "counts",
    "domains_of",
    "judge",
]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A row as somebody wrote it; its number counts as their file does."""

    number: int
    address: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A row with its verdict; `hint` is the number of the row or request that the verdict is about."""

    number: int
    written: str
    address: str = ""
    """As addresses are compared; empty where it is none."""
    name: str = ""
    verdict: Verdict
    hint: str = ""
    problem: Problem | None = None
    """What is wrong with an address that is none, or what the policy has against its domain, or wants."""
    guest_id: ObjectId | None = None

    @property
    def goes(self) -> bool:
        return self.verdict in GOES


@dataclass(frozen=True, slots=True, kw_only=True)
class OfDomain:
    """What policy and directory say about the guests of a domain, for this app and access."""

    own: bool = False
    barred: Problem | None = None
    """What the policy has against it."""
    unsaid: Problem | None = None
    """What it wants said of its guests, and is not said of all."""
    deciders: str = ""
    """Tells apart who decides: rows with the same are decided together."""
    asks_sponsors: bool = False
    """Whether those decide who stand for a guest, where the guest is in the directory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was read for a list: the guests by the addresses it names, who has the access, who decides."""

    guests: Mapping[str, Guest] = field(default_factory=dict)
    holders: frozenset[ObjectId] = frozenset()
    asked: Mapping[str, str] = field(default_factory=dict)
    """By address, the label of the open request for the same."""
    domains: Mapping[str, OfDomain] = field(default_factory=dict)


def domains_of(rows: Iterable[Wanted]) -> frozenset[str]:
    """Return the domains that a list names, which are looked at before its rows are."""
    return frozenset(domain_of(one) for one in addresses_of(rows))


def addresses_of(rows: Iterable[Wanted]) -> frozenset[str]:
    return frozenset(address for row in rows if isinstance(address := read_address(row.address), str))


def judge(rows: Sequence[Wanted], known: Known) -> tuple[Judged, ...]:
    """Return every row with its verdict.

    Rows about which others decide than about most go on their own, and those of which more must be said.
    """
    judged = list(_each(rows, known))
    first = _most(judged, known)
    return tuple(one if _goes_along(one, known, first) else _apart(one, known) for one in judged)


def counts(judged: Iterable[Judged]) -> Mapping[Verdict, int]:
    """Return how many rows have each verdict, in the order of the verdicts."""
    found = Counter(one.verdict for one in judged)
    return {verdict: found[verdict] for verdict in Verdict if found[verdict]}


def by_domain(judged: Iterable[Judged]) -> Sequence[tuple[str, int]]:
    """Return the domains of the rows that go, most rows first."""
    found = Counter(domain_of(one.address) for one in judged if one.goes)
    return sorted(found.items(), key=lambda one: (-one[1], one[0]))


def _each(rows: Sequence[Wanted], known: Known) -> Iterator[Judged]:
    first: dict[str, int] = {}
    for row in rows:
        address = read_address(row.address)
        if isinstance(address, Problem):
            yield Judged(
                number=row.number,
                written=row.address,
                name=row.name.strip(),
                verdict=Verdict.NOT_AN_ADDRESS,
                problem=address,
            )
            continue
        found, of_domain = known.guests.get(address), known.domains.get(domain_of(address), OfDomain())
        before = first.setdefault(found.object_id if found is not None else address, row.number)
        verdict = _verdict(address, found, known) if before == row.number else Verdict.DUPLICATE
        yield Judged(
            number=row.number,
            written=row.address,
            address=address,
            name=_name(row, address, found),
            verdict=verdict,
            hint=str(before) if before != row.number else known.asked.get(address, ""),
            problem=of_domain.barred if verdict is Verdict.DENIED else None,
            guest_id=found.object_id if found is not None else None,
        )


def _verdict(address: str, found: Guest | None, known: Known) -> Verdict:
    """Return what stands against a row, what nobody could change first."""
    domain = domain_of(address)
    of_domain = known.domains.get(domain, OfDomain())
    against = (
        (Verdict.SUSPICIOUS, passes_for_another(domain) and found is None),
        (Verdict.MEMBER, of_domain.own),
        (Verdict.DENIED, of_domain.barred is not None),
        (Verdict.DISABLED, found is not None and not found.enabled),
        (Verdict.HAS_ACCESS, found is not None and found.object_id in known.holders),
        (Verdict.ASKED, address in known.asked),
        (Verdict.GUEST, found is not None),
    )
    return next((verdict for verdict, holds in against if holds), Verdict.NEW)


def _name(row: Wanted, address: str, found: Guest | None) -> str:
    """Return whom the row is about: the directory's word, else the list's, else a guess."""
    names = (found.name if found is not None else "", row.name.strip()[:LONGEST_NAME])
    return next(filter(has_letters, names), name_from(address))


def _goes_along(one: Judged, known: Known, first: str) -> bool:
    return not one.goes or (_deciders(one, known) == first and _unsaid(one, known) is None)


def _apart(one: Judged, known: Known) -> Judged:
    return replace(one, verdict=Verdict.OTHER_APPROVER, problem=_unsaid(one, known))


def _unsaid(one: Judged, known: Known) -> Problem | None:
    return known.domains.get(domain_of(one.address), OfDomain()).unsaid


def _deciders(one: Judged, known: Known) -> str:
    of_domain = known.domains.get(domain_of(one.address), OfDomain())
    return f"{of_domain.deciders}/{one.guest_id}" if _by_sponsors(one, known) else of_domain.deciders


def _by_sponsors(one: Judged, known: Known) -> bool:
    """Tell whether those decide who stand for this very guest: a list is never decided by them."""
    of_domain = known.domains.get(domain_of(one.address), OfDomain())
    return of_domain.asks_sponsors and one.guest_id is not None


def _most(judged: Iterable[Judged], known: Known) -> str:
    """Return those who decide about the most rows; of as many, those of the first row."""
    able = (one for one in judged if one.goes and not (_by_sponsors(one, known) or _unsaid(one, known)))
    found = Counter(_deciders(one, known) for one in able)
    return max(found, key=lambda one: found[one], default="")
