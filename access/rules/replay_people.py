"""Whom the words of a policy meant for a past request, as far as that was kept with it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from access.rules.facts import MOST_KEPT, Laid, Meant
from access.rules.noting import unfolded
from access.rules.people import Give, ObjectId
from access.rules.policy import Source, SourceKind

_PERSON = f"{SourceKind.PERSON}:"


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who is meant for certain, who may be, and the words of which nobody knows whom they meant."""

    surely: frozenset[ObjectId] = frozenset()
    maybe: frozenset[ObjectId] = frozenset()
    """Who is meant if others are not, who are not known."""
    too_many: tuple[str, ...] = ()
    """Words that meant more people than were kept."""
    unknown: tuple[str, ...] = ()

    @property
    def is_closed(self) -> bool:
        """Whether nobody is meant but those who are named here."""
        return not self.too_many and not self.unknown

    @property
    def is_certain(self) -> bool:
        return self.is_closed and not self.maybe

    @property
    def least(self) -> int:
        return max(len(self.surely), MOST_KEPT if self.too_many else 0)

    @property
    def most(self) -> int | None:
        """How many are meant at most; None where nobody knows."""
        return len(self.surely | self.maybe) if self.is_closed else None

    @property
    def untold(self) -> tuple[str, ...]:
        """What would have to be known to say who is meant."""
        return (
            *(f"whom {word} meant" for word in self.unknown),
            *(f"who the others of {word} were, for they were too many to keep" for word in self.too_many),
        )

    def holds(self, person: ObjectId) -> bool | None:
        """Tell whether somebody is meant; None where that was not kept."""
        if person in self.surely:
            return True
        return None if person in self.maybe or not self.is_closed else False

    def without(self, person: ObjectId) -> "Crowd":
        return Crowd(self.surely - {person}, self.maybe - {person}, self.too_many, self.unknown)

    def perhaps(self) -> "Crowd":
        """Return the same people where it is not known whether they are meant at all."""
        return Crowd(frozenset(), self.surely | self.maybe, (), (*self.too_many, *self.unknown))

    def __or__(self, other: "Crowd") -> "Crowd":
        surely = self.surely | other.surely
        return Crowd(
            surely,
            (self.maybe | other.maybe) - surely,
            (*self.too_many, *other.too_many),
            (*self.unknown, *other.unknown),
        )

    def is_as(self, other: "Crowd") -> bool | None:
        """Tell whether both are the same people; None where that was not kept."""
        if self.is_certain and other.is_certain:
            return self.surely == other.surely
        gone = any(other.holds(one) is False for one in self.surely)
        come = any(self.holds(one) is False for one in other.surely)
        fewer = other.most is not None and other.most < self.least
        more = self.most is not None and self.most < other.least
        return False if gone or come or fewer or more else None


@dataclass(frozen=True, slots=True)
class Meanings:
    """Whom words meant at one moment; a person named by id counts as there unless the facts say otherwise."""

    known: Mapping[str, Meant]
    requestor: ObjectId
    nobody: frozenset[str] = frozenset()
    """Words that mean nobody for this request, whatever the directory says."""

    def crowd(self, words: Iterable[str]) -> Crowd:
        """Return whom a list of words means, the requestor with the others."""
        found = Crowd()
        for word in words:
            found |= self._of(word)
        return found

    def _of(self, word: str) -> Crowd:
        if word in self.nobody:
            return Crowd()
        if (meant := self.known.get(word)) is not None:
            return Crowd(frozenset(meant.people), too_many=(word,) if meant.others else ())
        if word.startswith(_PERSON):
            return Crowd(frozenset({ObjectId(word.removeprefix(_PERSON))}))
        return Crowd(unknown=(word,))


@dataclass(frozen=True, slots=True)
class Deciders:
    """Who would be asked at a stage, and who may decide there."""

    asked: Crowd
    everybody: Crowd = field(default_factory=Crowd)


def deciders(stage: Laid, meanings: Meanings, *, called: bool = False) -> Deciders:
    """Return who decides at a stage, never who requests: the fallback, too, where the approvers are few."""
    asked = meanings.crowd(stage.approvers).without(meanings.requestor)
    if asked.least < stage.quorum:
        fallback = meanings.crowd(stage.fallback).without(meanings.requestor)
        surely_few = asked.most is not None and asked.most < stage.quorum
        asked |= fallback if surely_few else fallback.perhaps()
    if called:
        asked |= meanings.crowd(stage.escalation).without(meanings.requestor)
    return Deciders(asked, asked | meanings.crowd(stage.may_decide).without(meanings.requestor))


def is_among(
    sources: Sequence[Source], roles: Mapping[str, Sequence[Source]], give: Give | None, meanings: Meanings
) -> tuple[bool | None, Sequence[str]]:
    """Tell whether who requests is in a list, or else what would have to be known to say so."""
    if any(one.kind is SourceKind.MEMBERS for one in sources):
        return True, ()
    crowd = meanings.crowd(unfolded(sources, roles, give))
    if crowd.too_many and not crowd.unknown:  # whoever requests is kept however many there are
        return meanings.requestor in crowd.surely, ()
    return crowd.holds(meanings.requestor), crowd.untold


def same_words(one: Laid, other: Laid) -> bool:
    """Tell whether two stages say the same, so that they mean the same people whoever these were."""
    return one.quorum == other.quorum and all(
        frozenset(getattr(one, name)) == frozenset(getattr(other, name))
        for name in ("approvers", "fallback", "may_decide")
    )
