"""Renewing: `/extend` and the press on a warning, and that an access is to end as it does."""

import re
from dataclasses import dataclass

from access.rules.model import Kind, Record, Request, Term
from access.rules.refusals import (
    Duplicate,
    Field,
    NoAccess,
    Problem,
    ProblemCode,
    SeveralAccesses,
    UnknownRequest,
)
from access.rules.renewing import NotRenewable, endless
from access.rules.sight import Sight
from access.rules.terms import read_term
from access.rules.visible import visible
from access.service.extend import Renewals, Where
from access.service.readiness import Readiness
from access.service.renewable import Wanted
from access.service.sights import Sights
from cards import answers, renewing, returned
from cards.look import Look
from cards.plain import usage
from cards.words import LONGEST
from dialogs.commands import MARKS, read_number, read_of
from dialogs.drafts import parted
from dialogs.flow import Routes, look_of, told, unseen
from dialogs.foretold import foretold_of
from dialogs.turn import Nothing, Pressed, Reply, Said, Say, Scope, Show

_TERM = re.compile(r"(?i)^(?P<who>.*)\s(?:by|for(?=\s+\d)|(?P<until>until)):?\s+(?P<term>[^\"]*)$")


@dataclass(frozen=True, slots=True)
class Typed:
    """What follows `/extend`: whose access, by how much, and why; what is missing is empty."""

    who: str
    term: str
    justification: str


def read_typed(text: str) -> Typed:
    """Read `ana@fabrikam.com in "Health Records" by 90d because …`, or the number of a request instead."""
    head, justification = parted(text)
    found = _TERM.match(head)
    if found is None:
        return Typed(head.strip(f"{MARKS} "), "", justification)
    term = found["term"].strip(f"{MARKS} ")
    until = "until " if found["until"] else ""
    return Typed(found["who"].strip(f"{MARKS} "), f"{until}{term}", justification)


@dataclass(frozen=True, slots=True)
class Renewing:
    """Whose access may be renewed is computed at the press; the form is answered in one's own chat."""

    renewals: Renewals
    sights: Sights
    readiness: Readiness
    house: Look
    patience: float = 2.0
    """Seconds that the form waits for whether it works."""

    def routes(self) -> Routes:
        return Routes(
            commands={"extend": self.extend, "norenew": self.norenew},
            presses={
                "renewal.renew": self.renew,
                "renewal.send": self.send,
                "renewal.end": self.let_end,
            },
            effects=frozenset({"extend", "norenew"}),
        )

    async def extend(self, turn: Said, rest: str) -> Reply | None:
        """Ask for a renewal in one line; where the term is missing or wrong, show the form."""
        typed = read_typed(rest)
        first = await self._meant(turn, typed.who)
        if not isinstance(first, Request):
            return self._unmeant(turn, first, "extend", f"/extend {{label}} {typed.term or 'by 90d'}")
        justification = visible(typed.justification)[:LONGEST]
        term = read_term(typed.term) if typed.term else None
        if not isinstance(term, Term):
            wrong = (Problem(Field.TERM, term),) if term else ()
            return await self._form(turn, first, typed.term, justification, wrong)
        wanted = Wanted(term, justification)
        outcome = await self.renewals.ask(first, turn.actor.object_id, wanted, _where(turn))
        if isinstance(outcome, Record) and outcome.request.extends is None:
            return told(turn, Show(renewing.end_set(outcome.request, self._own(turn))), here=False)
        if isinstance(outcome, Record):
            return Nothing()
        return await self._refused(turn, outcome, typed.term, justification)

    async def renew(self, turn: Pressed) -> Reply:
        """Ask for the same again, for the same justification."""
        return await self._pressed(turn, "", "")

    async def send(self, turn: Pressed) -> Reply:
        """Take the form."""
        term, justification = (str(turn.data.get(one, "")).strip() for one in _FIELDS)
        return await self._pressed(turn, term, visible(justification)[:LONGEST])

    async def _pressed(self, turn: Pressed, term: str, justification: str) -> Reply:
        first = await self.renewals.meant(str(turn.data.get("request", "")), turn.actor.object_id)
        if isinstance(first, UnknownRequest):
            return unseen(turn, first, "extend", look_of(turn, self.house))
        read = read_term(term) if term else None
        if endless(first) and not term:
            return await self._form(turn, first, "", "", ())
        if isinstance(read, ProblemCode):
            return await self._form(turn, first, term, justification, (Problem(Field.TERM, read),))
        wanted = Wanted(read, justification, str(turn.data.get("ends", "")))
        outcome = await self.renewals.ask(first, turn.actor.object_id, wanted, _where(turn))
        if isinstance(outcome, Record):
            look = self._own(turn)
            asked = outcome.request.extends is not None
            card = renewing.asked(outcome, look) if asked else renewing.end_set(outcome.request, look)
            return told(turn, Show(card), here=False)
        return await self._refused(turn, outcome, term, justification)

    async def norenew(self, turn: Said, rest: str) -> Reply | None:
        rest, justification = parted(rest)
        if rest and justification:
            return Say(renewing.unjustified("/norenew R-1042", look_of(turn, self.house)))
        first = await self._meant(turn, rest.strip())
        if not isinstance(first, Request):
            return self._unmeant(turn, first, "norenew", "/norenew {label}")
        return await self._let_end(turn, first)

    async def let_end(self, turn: Pressed) -> Reply:
        first = await self.renewals.meant(str(turn.data.get("request", "")), turn.actor.object_id)
        if isinstance(first, UnknownRequest):
            return unseen(turn, first, "norenew", look_of(turn, self.house))
        return await self._let_end(turn, first)

    async def _let_end(self, turn: Said | Pressed, first: Request) -> Reply:
        result = await self.renewals.let_end(first, turn.actor.object_id)
        look = self._own(turn)
        if isinstance(result, UnknownRequest):
            return unseen(turn, result, "norenew", look_of(turn, self.house))
        if isinstance(result, Record):
            return told(turn, Show(renewing.let_end(result.request, look)), here=False)
        return told(turn, Say(answers.refused_text(result, "norenew", look)), here=False)

    async def _meant(
        self, turn: Said, who: str
    ) -> Request | UnknownRequest | NoAccess | SeveralAccesses | None:
        """Return the request whose access is meant; None where it is not said."""
        if label := _label(who):
            return await self.renewals.meant(label, turn.actor.object_id)
        named = read_of(who, "in")
        return await self.renewals.of_address(*named, turn.actor.object_id) if named else None

    def _unmeant(
        self, turn: Said, found: UnknownRequest | NoAccess | SeveralAccesses | None, act: str, line: str
    ) -> Reply:
        look = look_of(turn, self.house)
        if found is None:
            return Say(usage(act, look))
        if isinstance(found, UnknownRequest):
            return unseen(turn, found, act, look)
        if isinstance(found, NoAccess):
            return told(turn, Say(renewing.no_access(look, act)), here=False)
        return told(turn, Say(renewing.several(found, line, look, act)), here=False)

    async def _refused(
        self, turn: Said | Pressed, outcome: NotRenewable | Duplicate, term: str, justification: str
    ) -> Reply:
        """Answer with the form where another answer would do, else with what stands against it."""
        if isinstance(outcome, Duplicate):
            return await self._duplicate(turn, outcome)
        if all(one.field in _CAN_BE_MENDED for one in outcome.problems):
            return await self._form(turn, outcome.request, term, justification, outcome.problems)
        card = renewing.never(outcome.request, outcome.problems, self._own(turn))
        return told(turn, Show(card), here=False)

    async def _duplicate(self, turn: Said | Pressed, outcome: Duplicate) -> Reply:
        seen = await self.sights.of(outcome.first, turn.actor.object_id, turn.place)
        if seen.sight in {Sight.NOTHING, Sight.UNREAD}:
            return told(turn, Show(returned.same(Kind.EXTEND, self._own(turn))), here=False)
        look = look_of(turn, self.house, here=seen.here)
        return told(turn, Show(answers.duplicate(outcome.first, look)), here=seen.here)

    async def _form(
        self,
        turn: Said | Pressed,
        first: Request,
        term: str,
        justification: str,
        problems: tuple[Problem, ...],
    ) -> Reply:
        """Show the form, with what was typed or, where nothing was, with what the access had before."""
        offer, look = self.renewals.offer(first), self._own(turn)
        if isinstance(offer, NotRenewable):
            return told(turn, Show(renewing.never(first, offer.problems, look)), here=False)
        view = renewing.FormView(
            first=first,
            term=term or f"{offer.same.days}d",
            justification=justification or first.justification,
            problems=problems,
            longest_days=offer.rules.renewed_by.days,
            needs_justification=offer.rules.justification_required,
            known=None if endless(first) else await foretold_of(self.readiness, first, self.patience),
        )
        return told(turn, Show(renewing.form(view, look)), here=False)

    def _own(self, turn: Said | Pressed) -> Look:
        return look_of(turn, self.house, here=False)


_FIELDS = (renewing.TERM, renewing.JUSTIFICATION)
_CAN_BE_MENDED = frozenset({Field.TERM, Field.UNTIL, Field.JUSTIFICATION})


def _where(turn: Said | Pressed) -> Where:
    return Where(turn.place, turn.scope is Scope.PERSONAL)


def _label(who: str) -> str | None:
    number = read_number(who)
    return number.label if number is not None and number.exact and not number.rest else None
