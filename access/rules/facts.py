"""What policy and directory said of a request, kept with it so that another policy can be tried on it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from access.rules.people import Give, ObjectId

MOST_KEPT = 50
"""People of one word that are kept; of a word with more, those alone that something was decided about."""


@dataclass(frozen=True, slots=True)
class Meant:
    """Whom a word of the policy meant: members with an active account; `others` were too many to keep."""

    word: str
    people: tuple[ObjectId, ...]
    others: bool = False


@dataclass(frozen=True, slots=True)
class Laid:
    """A stage by the words of the policy, its roles unfolded; `escalate_after` is in seconds."""

    approvers: tuple[str, ...]
    quorum: int = 1
    fallback: tuple[str, ...] = ()
    may_decide: tuple[str, ...] = ()
    escalation: tuple[str, ...] = ()
    escalate_after: int = 0


@dataclass(frozen=True, slots=True)
class Limit:
    """A waiver that applied, and how often it could be used: `most` times in `per` seconds."""

    waiver: str
    most: int
    per: int


@dataclass(frozen=True, slots=True)
class Answered:
    """That a question of the form was answered: the answer's length, and a mark of what could be answered."""

    question: str
    letters: int
    mark: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What was asked for a stage, and whom each of its words meant."""

    laid: Laid
    meant: tuple[Meant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What held when a request was sent, beside what the request says itself; the guest is not named."""

    domain: str
    give: Give | None = None
    """What was asked for, whatever it was made less to; None in what an older version kept."""
    guest_known: bool
    letters: int
    """Length of the justification."""
    fitted: str = ""
    """The pattern that the justification held."""
    usual: str | None = None
    """What the policy gave, where the requestor chose nothing; None where they did."""
    landing: str = ""
    closes_after: int = 0
    """In seconds."""
    answered: tuple[Answered, ...] = ()
    waivers: tuple[Limit, ...] = ()
    """Those that applied, in the order in which they were tried."""
    others: bool = False
    """Whether it was a group of others, for which the requestor's word was not enough: nothing waived it."""
    stages: tuple[Laid, ...] = ()
    meant: tuple[Meant, ...] = ()


def kept(meant: Iterable[Meant], about: Collection[ObjectId]) -> tuple[Meant, ...]:
    """Return what is kept of whom words meant, each word once: of many people those alone it is `about`."""
    found = {one.word: one for one in meant}
    return tuple(_kept(one, about) for _, one in sorted(found.items()))


def news(
    meant: Iterable[Meant], known: Mapping[str, Meant], about: Collection[ObjectId]
) -> tuple[Meant, ...]:
    """Return what to keep of a later look: what differs, and whether those it is `about` are among many."""
    return tuple(one for one in kept(meant, about) if one.others or known.get(one.word) != one)


def _kept(one: Meant, about: Collection[ObjectId]) -> Meant:
    if len(one.people) <= MOST_KEPT:
        return Meant(one.word, tuple(sorted(one.people)))
    return Meant(one.word, tuple(sorted(person for person in one.people if person in about)), others=True)
