"""Deciding: the approver's buttons and their typed twins, and whose view of a request a person gets."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from access.rules.checking import WHAT_STANDS
from access.rules.model import Kind
from access.rules.refusals import (
    Field,
    NoAccess,
    NoAppNamed,
    NotInstead,
    Problem,
    ProblemCode,
    SeveralAccesses,
    UnknownRequest,
    Unreadable,
)
from access.rules.terms import read_term
from access.rules.visible import visible
from access.service.amend import Amendments, Wanted
from access.service.ask import Questions
from access.service.copies import Copies
from access.service.decide import Decisions
from access.service.list_prospect import sampled
from access.service.remove import Removals
from access.service.request_checks import RequestChecks
from access.service.sights import Sights
from cards import answers, removing
from cards.draw import draw
from cards.list_request import DOMAINS
from cards.look import Look
from cards.plain import no_answer, no_justification, no_question, usage
from cards.problems import sentence
from cards.words import LONGEST
from cards.would_fail import ANYWAY, known_in
from dialogs.commands import first_address, read_domains, read_except, read_number, read_removal
from dialogs.drafts import read_draft
from dialogs.flow import Commanded, Routes, look_of, told
from dialogs.meant import asked_of, audience_of, label_of, written
from dialogs.replies import Act, Replies
from dialogs.turn import Pressed, Reply, Said, Say, Show

Worded = Callable[[Said | Pressed, str, str], Awaitable[Reply]]
"""As `Act`, given also what was written."""


@dataclass(frozen=True, slots=True)
class Approval:
    """Approve, deny, cancel, retry and look; who may is decided by the server, never by the card."""

    decisions: Decisions
    checks: RequestChecks
    sights: Sights
    copies: Copies
    house: Look
    from_directory: Commanded
    """Answers `/remove` where it is about the whole account, and not an access."""

    def routes(self) -> Routes:
        typed = {"cancel": self.cancel, "retry": self.retry, "show": self.view, "keep": self.keep}
        presses = {
            "approval.approve": self.approve,
            "approval.deny": self.deny,
            "approval.ask": self.ask,
            "approval.amend": self.amend,
            "approval.except": self.except_,
            "request.answer": self.answer,
            "approval.view": self.view,
            "request.view": self.view,
            "request.cancel": self.cancel,
            "delivery.retry": self.retry,
            "assignment.remove": self.remove,
            "assignment.keep": self.keep,
        }
        return Routes(
            commands={one: self._typed(one, act) for one, act in typed.items()}
            | {
                "approve": self._approve,
                "deny": self._worded("deny", self._denied),
                "ask": self._worded("ask", self._asked),
                "amend": self._worded("amend", self._amended),
                "answer": self._worded("answer", self._answered),
                "remove": self._remove,
            },
            presses={verb: self._replies.on_newest(verb, act) for verb, act in presses.items()},
            effects=frozenset(
                {"approve", "deny", "ask", "answer", "amend", "cancel", "retry", "remove", "keep"}
            ),
        )

    def _typed(self, word: str, act: Act) -> Commanded:
        """Return the act as a command, which has the number of a request and nothing behind it."""

        async def typed(turn: Said, rest: str) -> Reply | None:
            if not rest:
                return Say(usage(word, look_of(turn, self.house)))
            label = label_of(rest)
            if label is None and word == "keep" and first_address(rest):
                return Say(usage(word, look_of(turn, self.house)))
            return None if label is None else await act(turn, label)

        return typed

    def _worded(self, word: str, act: Worded) -> Commanded:
        """Return the act as a command, which has the number of a request and somebody's words behind it."""

        async def typed(turn: Said, rest: str) -> Reply | None:
            number = read_number(rest)
            if rest and (number is None or not number.exact):
                return None
            if number is None or not visible(number.rest):
                return Say(usage(word, look_of(turn, self.house)))
            return await act(turn, number.label, number.rest[:LONGEST])

        return typed

    async def approve(self, turn: Said | Pressed, reference: str) -> Reply:
        seen = str(turn.data.get("plan", "")) if isinstance(turn, Pressed) else None
        known = known_in(turn.data.get(ANYWAY)) if isinstance(turn, Pressed) else frozenset[str]()
        return await self._approved(turn, reference, seen, known)

    async def _approve(self, turn: Said, rest: str) -> Reply | None:
        """Read a number, and behind it `anyway`, or `except` with domains that a list goes without."""
        number = read_number(rest)
        if number is not None and number.exact and (domains := read_except(number.rest)):
            return await self._excepted(turn, number.label, domains, None)
        if number is not None and number.exact and number.rest.strip().casefold() == ANYWAY:
            return await self._approved(turn, number.label, None, WHAT_STANDS)
        return await self._typed("approve", self.approve)(turn, rest)

    async def _approved(
        self, turn: Said | Pressed, reference: str, seen: str | None, known: frozenset[str]
    ) -> Reply:
        result = await self.checks.approve(reference, turn.actor.object_id, seen, known)
        return await self._replies.to(turn, reference, result, "approve")

    async def except_(self, turn: Said | Pressed, reference: str) -> Reply:
        seen = str(turn.data.get("plan", "")) if isinstance(turn, Pressed) else None
        return await self._excepted(turn, reference, read_domains(written(turn, DOMAINS)), seen)

    async def _excepted(
        self, turn: Said | Pressed, reference: str, domains: tuple[str, ...], seen: str | None
    ) -> Reply:
        result = await self.checks.approve_except(reference, turn.actor.object_id, domains, seen)
        return await self._replies.to(turn, reference, result, "except")

    async def deny(self, turn: Said | Pressed, reference: str) -> Reply:
        justification = written(turn, "justification")
        if not visible(justification):
            return Say(no_justification(look_of(turn, self.house)))
        return await self._denied(turn, reference, justification)

    async def _denied(self, turn: Said | Pressed, reference: str, justification: str) -> Reply:
        result = await self.decisions.deny(reference, turn.actor.object_id, justification)
        return await self._replies.to(turn, reference, result, "deny")

    async def ask(self, turn: Said | Pressed, reference: str) -> Reply:
        question = written(turn, "question")
        if not visible(question):
            return Say(no_question(look_of(turn, self.house)))
        return await self._asked(turn, reference, question)

    async def _asked(self, turn: Said | Pressed, reference: str, question: str) -> Reply:
        questions, asked = Questions(self.decisions), asked_of(turn)
        result = await questions.ask(reference, turn.actor.object_id, question, asked)
        return await self._replies.to(turn, reference, result, "ask")

    async def answer(self, turn: Said | Pressed, reference: str) -> Reply:
        answer = written(turn, "answer")
        if not visible(answer):
            return Say(no_answer(look_of(turn, self.house)))
        return await self._answered(turn, reference, answer)

    async def _answered(self, turn: Said | Pressed, reference: str, answer: str) -> Reply:
        questions, asked = Questions(self.decisions), asked_of(turn)
        result = await questions.answer(reference, turn.actor.object_id, answer, asked)
        return await self._replies.to(turn, reference, result, "answer")

    async def amend(self, turn: Said | Pressed, reference: str) -> Reply:
        return await self._lessened(turn, reference, written(turn, "access"), written(turn, "term"))

    async def _amended(self, turn: Said | Pressed, reference: str, words: str) -> Reply:
        """Read `as Reader for 30d`, or one of the two; who writes of anything else is told how to type it."""
        draft = read_draft(Kind.ASSIGN, words)
        if not draft.access:
            return await self._lessened(turn, reference, "", words)
        if draft.address or draft.name or draft.app or draft.justification:
            return Say(usage("amend", look_of(turn, self.house)))
        return await self._lessened(turn, reference, draft.access, draft.term)

    async def _lessened(self, turn: Said | Pressed, reference: str, access: str, term: str) -> Reply:
        read = read_term(visible(term)) if visible(term) or not access else None
        if isinstance(read, ProblemCode):
            return Say(sentence(Problem(Field.TERM, read), look_of(turn, self.house)))
        wanted = Wanted(read, visible(access))
        result = await Amendments(self.decisions).amend(reference, turn.actor.object_id, wanted)
        if isinstance(result, NotInstead):
            result = await self.sights.spared(result, turn.actor.object_id, turn.place)
        return await self._replies.to(turn, reference, result, "amend")

    async def cancel(self, turn: Said | Pressed, reference: str) -> Reply:
        result = await self.decisions.cancel(reference, turn.actor.object_id)
        return await self._replies.to(turn, reference, result, "cancel")

    async def retry(self, turn: Said | Pressed, reference: str) -> Reply:
        result = await self.decisions.retry(reference, turn.actor.object_id)
        return await self._replies.to(turn, reference, result, "retry")

    async def remove(self, turn: Said | Pressed, reference: str) -> Reply:
        result = await self._removals().of_request(reference, turn.actor.object_id)
        return await self._replies.to(turn, reference, result, "remove")

    async def keep(self, turn: Said | Pressed, reference: str) -> Reply:
        result = await self._removals().keep(reference, turn.actor.object_id)
        return await self._replies.to(turn, reference, result, "keep")

    async def _remove(self, turn: Said, rest: str) -> Reply | None:
        """Read `ADDRESS from APP`, `ADDRESS from the directory`, or the number of a request."""
        if label := label_of(rest):
            return await self.remove(turn, label)
        if (left := await self.from_directory(turn, rest)) is not None:
            return left
        wanted, look = read_removal(rest), look_of(turn, self.house)
        if wanted is None:
            return Say(usage("remove", look))
        result = await self._removals().of_guest(*wanted, turn.actor.object_id)
        if isinstance(result, NoAccess):
            return told(turn, Say(removing.no_access(look)), here=False)
        if isinstance(result, NoAppNamed):
            own = look_of(turn, self.house, here=False)
            return told(turn, Show(removing.asked(result.request, own)), here=False)
        if isinstance(result, SeveralAccesses):
            return told(turn, Say(removing.several(result, look)), here=False)
        return await self._replies.to(turn, "", result, "remove")

    @property
    def _replies(self) -> Replies:
        return Replies(self.sights, self.copies, self.house)

    def _removals(self) -> Removals:
        return Removals(self.decisions, self.sights.policy)

    async def view(self, turn: Said | Pressed, reference: str) -> Reply:
        """Show the request as it stands, as this person may see it, or else leave them the view they have.

        Nobody else reads it, wherever it was typed.
        """
        refresh = isinstance(turn, Pressed) and turn.refresh
        found = await self.sights.find(reference, turn.actor.object_id, turn.place, refresh=refresh)
        if isinstance(found, UnknownRequest | Unreadable):
            return self._replies.unseen(turn, found, "view")
        record, seen = found
        if not seen.is_read:
            refusal, look = Unreadable(record.request), look_of(turn, self.house)
            return told(turn, Say(answers.refused_text(refusal, "view", look)), here=seen.here)
        record = await sampled(self.decisions.store, record)
        shown = draw(record, audience_of(turn, seen.sight), look_of(turn, self.house, here=False))
        return told(turn, Show(shown), here=False)
