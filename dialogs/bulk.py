"""`/bulk`: many guests for one app, from a file, rows or a line, looked at before anything is sent."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from access.ports import AccessError, NotKept
from access.rules.attached import WhyNotFetched
from access.rules.list_addresses import entries
from access.rules.list_rows import Unreadable, WhyUnread
from access.rules.lists import GuestList, NotSent
from access.rules.model import Kind, ObjectId
from access.rules.policy import Rules
from access.rules.refusals import Duplicate, Field, Problem, ProblemCode
from access.rules.verdicts import Wanted
from access.service.bulk_requests import BulkRequests
from access.service.check import Wrong
from access.service.readiness import Readiness
from access.service.received_lists import ReceivedLists
from access.service.search import Searches
from cards import answers, bulk_dry_run, bulk_form, bulk_sent, bulk_start, bulk_unread
from cards.bulk_form import LIST, BulkView, Filled
from cards.form_fields import FormView
from cards.look import Look
from cards.words import access
from dialogs.choosing import chosen
from dialogs.drafts import by_likeness, is_plain, read_many, without_answers
from dialogs.flow import Commanded, Routes, look_of
from dialogs.foretold import foretold
from dialogs.turn import (
    Beside,
    Card,
    Close,
    Dialog,
    Opened,
    Pressed,
    Reply,
    Said,
    Say,
    Scope,
    Show,
    Submitted,
    Turn,
)

Judged = GuestList | Wrong
_FULL = Unreadable(WhyUnread.FIELD_FULL)
_OF_LIST = frozenset({"change", "send"})
"""What may stand before a list's code."""


@dataclass(slots=True)
class Bulk:
    """Answers in the chat of two alone: a list holds the addresses of guests."""

    lists: ReceivedLists
    sending: BulkRequests
    searches: Searches
    readiness: Readiness
    as_file: Commanded
    """Answers what asks for the file of a list, and that alone."""
    house: Look
    patience: float = 2.5
    """Seconds that a form waits for what is wrong with it; of a long list it is shown beside the turn."""
    _judging: set[asyncio.Task[Judged]] = field(default_factory=set)

    def routes(self) -> Routes:
        return Routes(
            commands={"bulk": self.bulk},
            presses={"bulk.send": self.send},
            opens={"bulk.open": self.open},
            submits={"bulk.look": self.submit},
            files=self.sent,
        )

    async def bulk(self, turn: Said, rest: str) -> Reply:
        if file := await self.as_file(turn, rest):
            return file
        look = look_of(turn, self.house)
        if turn.scope is not Scope.PERSONAL:
            return Say(bulk_unread.in_our_chat(look))
        word, _, code = rest.lower().partition(" ")
        if word in _OF_LIST and code and "@" not in code:
            return await (self._again if word == "change" else self._send)(turn, code.strip())
        return await self._typed(turn, rest)

    async def sent(self, turn: Said) -> Reply:
        """Answer files that came alone, or with words that say what they are for."""
        return await self._typed(turn, turn.text)

    async def _typed(self, turn: Said, rest: str) -> Reply:
        look = look_of(turn, self.house)
        filled = await self._read(turn, rest)
        if len(turn.files) > 1:
            return Say(bulk_unread.one_at_a_time(look))
        if turn.files:
            return Beside(bulk_start.reading(turn.files[0].name, look), partial(self._fetched, turn, filled))
        bound = await self._bound(turn, filled)
        if isinstance(bound, Unreadable):
            return Show(bulk_start.unread(bound, "", look))
        return Show(bulk_start.start(bound, look))

    async def _read(self, turn: Said, rest: str) -> Filled:
        """Read a line into the form: guests one below the other, and what is asked for them."""
        requests = self.lists.runs.requests
        rest, answers = without_answers(rest, requests.question_ids())
        apps = None if is_plain(rest) else await self._apps(turn)
        draft, guests = read_many(Kind.BULK, rest, apps)
        rows = "\n".join(f"{name} <{address}>" if name else address for name, address in entries(guests))
        return Filled(replace(draft, answers=answers), rows)

    async def _apps(self, turn: Turn) -> dict[str, str]:
        return dict(by_likeness((await self.searches.known(turn.actor.object_id)).names()))

    async def _bound(self, turn: Turn, filled: Filled) -> Filled | Unreadable:
        """Keep rows that are too many for a button to carry, which would cut the last address in two."""
        if len(filled.rows) <= bulk_form.MOST_CARRIED:
            return filled
        person = turn.actor.object_id
        before = await self.lists.find(filled.list_id, person) if filled.list_id else None
        rows = await self.lists.rows(before, filled.rows)
        if isinstance(rows, Unreadable):
            return rows
        kept = await self.lists.keep(rows, before.file if before else "", person)
        return Filled(filled.draft, "", kept.list_id)

    async def _fetched(self, turn: Said, filled: Filled) -> Card:
        """Draw what came of a file."""
        look, file, person = look_of(turn, self.house), turn.files[0], turn.actor.object_id
        try:
            found = await self.lists.fetch(file, person)
            if isinstance(found, Unreadable | WhyNotFetched):
                return bulk_start.unread(found, file.name, look)
            kept = found.kept
            rows = await self.lists.rows(kept, filled.rows) if "@" in filled.rows else ()
            if isinstance(rows, Unreadable):
                return bulk_start.unread(rows, file.name, look)
            if rows:
                kept = await self.lists.keep(rows, file.name, person)
        except AccessError:
            return bulk_start.not_now(look)
        bound = Filled(filled.draft, "", kept.list_id)
        return bulk_start.received(len(kept.rows), file.name, found.noticed, bound, look)

    async def open(self, turn: Opened) -> Reply:
        """Open the form with all that is there already."""
        if turn.scope is not Scope.PERSONAL:
            return Close(bulk_unread.in_our_chat(look_of(turn, self.house)))
        return await self._form(turn, bulk_form.read(turn.data))

    async def _again(self, turn: Said, code: str) -> Reply:
        """Show the form's button again for a list that was looked at."""
        look = look_of(turn, self.house)
        kept = await self.lists.find(code, turn.actor.object_id)
        return Show(bulk_start.start(bulk_form.filled_of(kept), look) if kept else bulk_start.gone(look))

    async def _send(self, turn: Said, code: str) -> Reply:
        made = await self.lists.find(code, turn.actor.object_id)
        look = look_of(turn, self.house)
        return await self._asked(turn, made.list_id) if made else Show(bulk_start.gone(look))

    async def send(self, turn: Pressed) -> Reply:
        """Send the list of a dry run; pressed again it is the request that it is already."""
        if turn.scope is not Scope.PERSONAL:
            return Say(bulk_unread.in_our_chat(look_of(turn, self.house)))
        return await self._asked(turn, str(turn.data.get(LIST, "")))

    async def _asked(self, turn: Said | Pressed, list_id: str) -> Reply:
        look, person = look_of(turn, self.house), turn.actor.object_id
        result = await self.sending.send(list_id, person, turn.place, personal=True)
        if isinstance(result, NotSent):
            return Say(bulk_sent.not_sent(result, await self.lists.find(list_id, person), look))
        if isinstance(result, Duplicate):
            return Show(answers.duplicate(result.first, look))
        if isinstance(turn, Said):
            return Say(bulk_sent.told(result, look))
        return Show(bulk_sent.sent(result, look))

    async def submit(self, turn: Submitted) -> Reply:
        """Look at the list; what is wrong stands at its fields, and nothing that was typed is lost."""
        if turn.scope is not Scope.PERSONAL:
            return Close(bulk_unread.in_our_chat(look_of(turn, self.house)))
        filled, person = bulk_form.read(turn.data), turn.actor.object_id
        try:
            before = await self.lists.find(filled.list_id, person) if filled.list_id else None
            if filled.list_id and before is None:
                return await self._form(turn, filled)
            full = len(filled.rows) >= bulk_form.LONGEST_PASTED
            rows = _FULL if full else await self.lists.rows(before, filled.rows)
            if isinstance(rows, Unreadable):
                return await self._form(turn, filled, unread=rows)
            bound = await self._bound(turn, filled)
            if isinstance(bound, Unreadable):
                return await self._form(turn, filled, unread=bound)
            return await self._looked(turn, bound, rows, before.file if before else "")
        except AccessError as error:
            return await self._form(turn, filled, (_trouble(error),))

    async def _looked(self, turn: Submitted, filled: Filled, rows: Sequence[Wanted], file: str) -> Reply:
        """Return what is found while the form waits, or go on beside the turn."""
        look, judging = look_of(turn, self.house), self._judge(filled, rows, file, turn.actor.object_id)
        done, _ = await asyncio.wait({judging}, timeout=self.patience)
        if not done:
            first = bulk_start.looking(len(rows), filled, look)
            return Beside(first, partial(self._judged, judging, filled, look))
        found = judging.result()
        if isinstance(found, Wrong):
            return await self._form(turn, filled, found.problems, rules=found.rules)
        return Beside(bulk_dry_run.draw(found, filled, look))

    def _judge(
        self, filled: Filled, rows: Sequence[Wanted], file: str, person: ObjectId
    ) -> asyncio.Task[Judged]:
        task = asyncio.create_task(self.lists.judge(filled.draft, rows, file, person))
        self._judging.add(task)
        task.add_done_callback(self._judging.discard)
        return task

    async def _judged(self, judging: asyncio.Task[Judged], filled: Filled, look: Look) -> Card:
        """Draw what was found after the turn."""
        try:
            found = await judging
        except AccessError as error:
            return bulk_start.not_looked_at((_trouble(error),), filled, look)
        if isinstance(found, Wrong):
            return bulk_start.not_looked_at(found.problems, filled, look)
        return bulk_dry_run.draw(found, filled, look)

    async def _form(
        self,
        turn: Opened | Submitted,
        filled: Filled,
        problems: tuple[Problem, ...] = (),
        *,
        unread: Unreadable | None = None,
        rules: Rules | None = None,
    ) -> Dialog:
        requests, person, look = self.lists.runs.requests, turn.actor.object_id, look_of(turn, self.house)
        (app, given), kept = await asyncio.gather(
            chosen(requests, self.searches, person, filled.draft, self.patience / 2),
            self._kept(filled, person),
        )
        rules = rules or requests.rules_of(app.object_id if app else None, given)
        give, draft = given if filled.draft.access else None, filled.draft
        if app is not None:
            draft = replace(draft, app=str(app.object_id), access=give.key if give else draft.access)
        found = await foretold(self.readiness, "", app, give, self.patience / 3)
        view = FormView(
            known=found[0] if found else None,
            notes=found[1] if found else (),
            draft=draft,
            problems=problems,
            app_title=app.name if app else "",
            access_title=access(give, look) if give else "",
            default_days=rules.term_default.days,
            longest_days=rules.term_longest.days,
            justification_least=rules.justification_least if rules.justification_required else 0,
            justification_expected=rules.justification_expected,
            questions=rules.questions,
        )
        count, file = (len(kept.rows), kept.file) if kept else (0, "")
        lost = bool(filled.list_id) and kept is None
        shown = BulkView(form=view, filled=filled, kept=count, file=file, lost=lost, unread=unread)
        return Dialog(bulk_form.title(look), bulk_form.form(shown, look))

    async def _kept(self, filled: Filled, person: ObjectId) -> GuestList | None:
        return await self.lists.find(filled.list_id, person) if filled.list_id else None


def _trouble(error: AccessError) -> Problem:
    return Problem(
        Field.WHOLE, ProblemCode.NOT_KEPT if isinstance(error, NotKept) else ProblemCode.UNREADABLE
    )
