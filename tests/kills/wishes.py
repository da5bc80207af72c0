"""The lists of a run: who stands in each, how the directory knew them before, and what becomes of its run."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from tests.kills.crowd import Guest

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
LEFT_OUT = "adatum.com"
"""The domain that an approver may leave out."""
LEAST, MOST = 12, 30


class Was(StrEnum):
    """How the directory knew a row's guest before, or what is wrong with the row."""

    NEW = "new"
    PENDING = "pending"
    ACCEPTED = "accepted"
    HAS = "has the app"
    GONE = "deleted before the run"
    ELSEWHERE = "of the domain that may be left out"
    BAD = "no address"
    DENIED = "of a denied domain"
    TWICE = "stands there already"


KNOWN = frozenset({Was.PENDING, Was.ACCEPTED, Was.HAS, Was.GONE})
"""Of whom there is an account when the list is looked at."""
_EACH_LIST = (Was.PENDING, Was.ACCEPTED, Was.GONE, Was.HAS, Was.ELSEWHERE, Was.BAD, Was.DENIED, Was.TWICE)


class Does(StrEnum):
    """What people do about a list, or what its run meets."""

    DENY = "denied"
    EXCEPT = "a domain left out"
    PAUSE = "paused and resumed"
    STOP = "stopped"
    FAIL = "a row fails and is taken up"
    HALT = "halted by a refusal and resumed"


_ODDS = {Does.EXCEPT: 0.25, Does.PAUSE: 0.5, Does.STOP: 0.2, Does.FAIL: 0.5, Does.HALT: 0.12}
_NEVER_GOES = 0.06
_MANY = 15


@dataclass(frozen=True, slots=True)
class Row:
    written: str
    was: Was


@dataclass(slots=True)
class Wish:
    """One list of a run."""

    rows: Sequence[Row]
    by_role: bool
    as_file: bool
    does: Collection[Does]
    justification: str
    list_id: str = ""
    label: str = ""
    alone: set[str] = field(default_factory=set)
    """Whom somebody asks for alone at the same time."""
    files: list[list[dict[str, str]]] = field(default_factory=list)
    """The results that its requestor has saved, when all was over."""

    @property
    def app(self) -> str:
        return "Patient Portal" if self.by_role else "Health Records"

    @property
    def addresses(self) -> Sequence[str]:
        return [row.written for row in self.rows if "@" in row.written and row.was is not Was.TWICE]

    def of(self, *was: Was) -> Sequence[str]:
        return [row.written for row in self.rows if row.was in was]

    def guests(self) -> Sequence[Guest]:
        """Return all of whom no log and no channel may tell."""
        return [
            Guest(
                address=one,
                name=f"Canary {one.partition('@')[0].rpartition('.')[2].capitalize()}",
                justification=self.justification,
                in_channel=False,
                contested=False,
                accepts=False,
            )
            for one in self.addresses
        ]

    @classmethod
    def of_number(
        cls, number: int, dice: Random, wanted: Collection[Does] = (), *, many: bool = False
    ) -> "Wish":
        """Draw a list; some of what people may do about it is `wanted`, and nothing is about a long one."""
        does = {one for one, odds in _ODDS.items() if dice.random() < odds} | {*wanted}
        if many:
            does = set()
        elif not wanted and dice.random() < _NEVER_GOES:
            does = {Does.DENY}
        rows = [Row(_address(was, dice), was) for was in _EACH_LIST if was is not Was.TWICE]
        more = dice.randint(LEAST, MOST) * (_MANY if many else 1) - len(rows) - 1
        drawn = (dice.choices((Was.NEW, Was.PENDING, Was.ACCEPTED), (6, 1, 1))[0] for _ in range(more))
        rows += [Row(_address(was, dice), was) for was in drawn]
        dice.shuffle(rows)
        rows.append(Row(next(row.written for row in rows if row.was is Was.NEW), Was.TWICE))
        word = _word(dice)
        return cls(rows, number % 2 == 1, number % 3 == 2, frozenset(does), f"canary-why {word}")


def _word(dice: Random) -> str:
    return "".join(dice.choices(_LETTERS, k=9))


def _address(was: Was, dice: Random) -> str:
    name = f"canary.{_word(dice)}"
    domain = {Was.ELSEWHERE: LEFT_OUT, Was.DENIED: "mailinator.com", Was.BAD: ""}.get(was, "fabrikam.com")
    return f"{name}@{domain}" if domain else name
