"""Asking: `/invite` and `/assign`, typed in one line or filled into the form."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from access.ports import AccessError, NotKept, Unconfirmed
from access.rules.addresses import read_address
from access.rules.draft import Draft
from access.rules.model import App, Give, Kind, Record
from access.rules.policy import Rules
from access.rules.refusals import Duplicate, Field, Problem, ProblemCode
from access.rules.sight import Sight
from access.service.readiness import Readiness
from access.service.request import Requests, Returned
from access.service.search import Searches
from access.service.sights import Sights
from cards import answers, request_form, returned
from cards.form_fields import FormView
from cards.look import Look
from cards.plain import anothers_line, lost_line
from cards.start import start, title_of
from cards.words import access
from dialogs.choosing import chosen
from dialogs.commands import first_address
from dialogs.drafts import BY, by_likeness, is_plain, read_draft, sealed, without_answers
from dialogs.flow import Routes, before_others, look_of, told
from dialogs.foretold import Foretold, foretold
from dialogs.turn import (
    Card,
    Close,
    Dialog,
    Nothing,
    Opened,
    Reply,
    Said,
    Scope,
    Show,
    Submitted,
    Turn,
)


@dataclass(frozen=True, slots=True)
class Invite:
    """The flow of both commands; they differ in whether the guest may be new."""

    requests: Requests
    searches: Searches
    sights: Sights
    readiness: Readiness
    house: Look
    patience: float = 2.5
    """Seconds that a form waits for what is wrong, less for names and whether it works: Teams waits five."""

    def routes(self) -> Routes:
        return Routes(
            commands={"invite": self.invite, "assign": self.assign},
            opens={"invite.open": self.open, "assign.open": self.open},
            submits={"invite.send": self.submit, "assign.send": self.submit},
            effects=frozenset({"invite", "assign", "invite.send", "assign.send"}),
        )

    async def invite(self, turn: Said, rest: str) -> Reply:
        return await self._typed(turn, Kind.INVITE, rest)

    async def assign(self, turn: Said, rest: str) -> Reply:
        return await self._typed(turn, Kind.ASSIGN, rest)

    async def _typed(self, turn: Said, kind: Kind, rest: str) -> Reply:
        if not rest:
            return Show(start(kind, look_of(turn, self.house)))
        rest, answers = without_answers(rest, self.requests.question_ids())
        draft = read_draft(kind, rest, None if is_plain(rest) else await self._apps(turn))
        draft = replace(draft, answers=answers)
        answer = await self._send(turn, draft)
        if isinstance(answer, Returned):
            return Show(self._returned(turn, answer))
        if isinstance(answer, Duplicate):
            card, here = await self._duplicate(turn, kind, answer)
            return told(turn, Show(card), here=here)
        return Nothing()

    def _returned(self, turn: Said, answer: Returned) -> Card:
        """Return what is wrong with a line for whoever typed it, before others how much; see `open`."""
        draft, problems, look = answer.draft, answer.problems, look_of(turn, self.house)
        kept = sealed(draft, turn.actor.object_id, self.requests.store)
        if before_others(turn):
            return returned.before_others(draft.kind, problems, kept, look)
        return returned.returned(draft, problems, kept, look)

    async def _duplicate(self, turn: Turn, kind: Kind, answer: Duplicate) -> tuple[Card, bool]:
        """Return that the same is asked, and how that stands for who may see it; and whether that is here."""
        seen = await self.sights.of(answer.first, turn.actor.object_id, turn.place)
        if seen.sight in {Sight.NOTHING, Sight.UNREAD}:
            return returned.same(kind, look_of(turn, self.house)), False
        return answers.duplicate(answer.first, look_of(turn, self.house, here=seen.here)), seen.here

    async def _apps(self, turn: Said) -> Mapping[str, str]:
        """Return the names that decide where a line can be read in more than one way."""
        return by_likeness((await self.searches.known(turn.actor.object_id)).names())

    async def open(self, turn: Opened) -> Reply:
        """Open the form, with what a near miss understood, or a message says, already filled in.

        What a refused line held comes with what is wrong with it now, to whoever typed it and nobody else.
        """
        kind = Kind(turn.verb.partition(".")[0])
        kept = self.requests.store.unseal(str(turn.data.get(returned.KEPT, "")))
        if kept is not None:
            return await self._open_kept(turn, kind, json.loads(kept))
        if returned.KEPT in turn.data:
            return Close(lost_line(kind, look_of(turn, self.house)))
        draft = request_form.read(kind, turn.data)
        if turn.quoted and not draft.address:
            draft = replace(draft, address=first_address(turn.quoted))
        return await self._form(turn, draft)

    async def _open_kept(self, turn: Opened, kind: Kind, kept: Mapping[str, str]) -> Reply:
        if kept[BY] != turn.actor.object_id:
            return Close(anothers_line(kind, look_of(turn, self.house)))
        draft = request_form.read(kind, kept)
        try:
            async with asyncio.timeout(self.patience):
                judged = await self.requests.judged(draft, turn.actor.object_id)
        except (AccessError, TimeoutError) as error:
            return await self._form(turn, draft, (Problem(Field.WHOLE, _trouble(error)),))
        problems = judged.problems if isinstance(judged, Returned) else ()
        return await self._form(turn, draft, problems, judged.rules)

    async def submit(self, turn: Submitted) -> Reply:
        """Send the form, or show it again with a sentence under each field; nothing typed is lost."""
        kind = Kind(turn.verb.partition(".")[0])
        draft, look = request_form.read(kind, turn.data), look_of(turn, self.house)
        try:
            answer = await self._send(turn, draft)
        except AccessError as error:
            return await self._form(turn, draft, (Problem(Field.WHOLE, _trouble(error)),))
        if isinstance(answer, Returned):
            return await self._form(turn, answer.draft, answer.problems, answer.rules)
        if isinstance(answer, Duplicate):
            card, _ = await self._duplicate(turn, kind, answer)
            return Dialog(title_of(kind, look), card)
        if not turn.away:
            return Close()
        sent = look.say(
            "{label} is sent. You see it in your own chat with Guestlist.", label=answer.request.label
        )
        return Close(sent)

    async def _send(self, turn: Turn, draft: Draft) -> Record | Duplicate | Returned:
        personal = turn.scope is Scope.PERSONAL
        return await self.requests.send(draft, turn.actor.object_id, turn.place, personal=personal)

    async def _form(
        self,
        turn: Opened | Submitted,
        draft: Draft,
        problems: tuple[Problem, ...] = (),
        rules: Rules | None = None,
    ) -> Dialog:
        """Return the form, by the rules that the draft was held against, else by those of what is chosen."""
        person = turn.actor.object_id
        names, (app, given) = await asyncio.gather(
            self._names(turn, draft), chosen(self.requests, self.searches, person, draft, self.patience / 2)
        )
        look = look_of(turn, self.house)
        rules = rules or self.requests.rules_of(app.object_id if app else None, given, draft.address)
        found = await self._found(draft, app, given)
        give = given if draft.access else None
        if app is not None:
            draft = replace(draft, app=str(app.object_id), access=give.key if give else draft.access)
        view = FormView(
            draft=draft,
            problems=problems,
            app_title=app.name if app else "",
            access_title=access(give, look) if give else "",
            names=names,
            default_days=rules.term_default.days,
            longest_days=rules.term_longest.days,
            justification_least=rules.justification_least if rules.justification_required else 0,
            justification_expected=rules.justification_expected,
            questions=rules.questions,
            away=turn.away,
            known=found[0] if found else None,
            notes=found[1] if found else (),
        )
        return Dialog(title_of(draft.kind, look), request_form.form(view, look))

    async def _found(self, draft: Draft, app: App | None, give: Give | None) -> Foretold | None:
        read = read_address(draft.address)
        address = "" if isinstance(read, Problem) else read
        return await foretold(self.readiness, address, app, give, self.patience / 3)

    async def _names(self, turn: Turn, draft: Draft) -> Mapping[str, str]:
        """Return the names of the people in a draft, for the titles of its choices."""
        ids = [one for one in (draft.sponsor, *draft.ask_first.split(",")) if one]
        try:
            async with asyncio.timeout(self.patience / 2):
                return await self.requests.names_of(turn.actor.object_id, ids) if ids else {}
        except (AccessError, TimeoutError):
            return {}


def _trouble(error: AccessError | TimeoutError) -> ProblemCode:
    if isinstance(error, Unconfirmed):
        return ProblemCode.UNCONFIRMED
    return ProblemCode.NOT_KEPT if isinstance(error, NotKept) else ProblemCode.UNREADABLE
