"""`/protect` with a wish: a draft, what it would change, and the request that has it made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from access.rules.guard_plans import GuardForeseen, GuardProblem, GuardShown, Wanted
from access.rules.guards import GuardAct
from access.rules.guest_list import NoSuchApp
from access.rules.model import Record
from access.rules.refusals import Duplicate, Unreadable
from access.service.acting import Refusal
from access.service.guard_acts import GuardActs
from access.service.guards import Guards
from cards import answers, guard_draft, guard_enforcing, protect
from cards.guard_enforcing import CODE
from cards.look import Look
from dialogs.flow import PressedBy, Routes, look_of, told
from dialogs.turn import Nothing, Pressed, Reply, Said, Say, Scope, Show

_QUOTES = '"“”„‟«»'
_WORDS = "mfa|platforms?|locations?|terms|send"
_TARGET = re.compile(
    rf"(?i)^(?:[{_QUOTES}](?P<app>[^{_QUOTES}]{{1,256}})[{_QUOTES}]|(?P<all>all-apps)|group\s+(?P<group>\S+)"
    rf"|(?P<guest>[^\s@]+@[^\s@]+)|(?P<plain>\S.{{0,255}}?))\s+(?P<rest>(?:{_WORDS})\b.*)$"
)
_LISTED = rf"(?:[{_QUOTES}][^{_QUOTES}]*[{_QUOTES}]|(?!(?:{_WORDS})\b)[^\s,{_QUOTES}]+)"
_PART = re.compile(rf"(?i)\s*\b(?P<word>{_WORDS})\b(?P<list>(?:\s*,?\s*{_LISTED})*)")
_ITEM = re.compile(rf"[{_QUOTES}]([^{_QUOTES}]+)[{_QUOTES}]|([^\s,{_QUOTES}]+)")

_ACT = re.compile(
    r"(?i)^(?P<label>r-[0-9]{1,9})\s+(?P<act>enforce|keep|watch|remove)(?:\s+(?P<code>[0-9a-f]{8}))?$"
)
_PRESSED = {one.value: one for one in (GuardAct.KEEP, GuardAct.WATCH, GuardAct.REMOVE)}

_Outcome = Record | Duplicate | GuardShown | GuardProblem | NoSuchApp | Unreadable


@dataclass(frozen=True, slots=True)
class Protecting:
    """Answers where nobody else reads it: a draft names guests, and whom the tenant spares."""

    guards: Guards
    acts: GuardActs
    house: Look

    def routes(self) -> Routes:
        presses: dict[str, PressedBy] = {
            "protect.draft": self.drafted,
            "protect.send": self.sent,
            "protect.foresee": self.foreseen,
            "protect.enforce": self.foreseen,
        }
        presses |= {f"protect.{one}": self.pressed for one in _PRESSED}
        return Routes(presses=presses)

    async def said(self, turn: Said, text: str) -> Reply | None:
        """Answer a wish that was typed after `/protect`; None where none stands there."""
        if act := _ACT.match(text):
            reference, code = act["label"], act["code"]
            if act["act"].lower() == GuardAct.ENFORCE:
                return await self._foreseen(turn, reference, code)
            return await self._acted(turn, reference, GuardAct(act["act"].lower()))
        wish = read_wish(text)
        return None if wish is None else await self._answered(turn, wish[0], sends=wish[1])

    async def drafted(self, turn: Pressed) -> Reply:
        return await self._answered(turn, guard_draft.wanted_of(turn.data), sends=False)

    async def sent(self, turn: Pressed) -> Reply:
        return await self._answered(turn, guard_draft.wanted_of(turn.data), sends=True)

    async def foreseen(self, turn: Pressed) -> Reply:
        """Show who would be locked out now; with the code of that look, enforce it."""
        code = turn.data.get(CODE)
        reference = str(turn.data.get("request", ""))
        return await self._foreseen(turn, reference, code if isinstance(code, str) else None)

    async def pressed(self, turn: Pressed) -> Reply:
        return await self._acted(turn, str(turn.data.get("request", "")), _PRESSED[turn.verb.split(".")[1]])

    async def _foreseen(self, turn: Said | Pressed, reference: str, code: str | None) -> Reply:
        person, look = turn.actor.object_id, look_of(turn, self.house, here=False)
        found: Record | GuardForeseen | Refusal
        if code:
            found = await self.acts.enforce(reference, person, code)
        else:
            found = await self.acts.foresee(reference, person)
        if isinstance(found, GuardForeseen):
            return told(turn, Show(guard_enforcing.draw(found, look)), here=False)
        return self._done(turn, found, look)

    async def _acted(self, turn: Said | Pressed, reference: str, act: GuardAct) -> Reply:
        found = await self.acts.act(reference, turn.actor.object_id, act)
        return self._done(turn, found, look_of(turn, self.house, here=False))

    def _done(self, turn: Said | Pressed, found: Record | Refusal, look: Look) -> Reply:
        if isinstance(found, Record):
            return told(turn, Say(guard_enforcing.done(found, look)), here=False)
        return told(turn, Say(answers.refused_text(found, "protect", look)), here=False)

    async def _answered(self, turn: Said | Pressed, wanted: Wanted, *, sends: bool) -> Reply:
        person, look = turn.actor.object_id, look_of(turn, self.house, here=False)
        found: _Outcome
        if sends:
            personal = turn.scope is Scope.PERSONAL
            found = await self.guards.send(wanted, person, turn.place, personal=personal)
        else:
            found = await self.guards.look(wanted, person)
        if isinstance(found, Record):
            if isinstance(turn, Said):
                return Nothing()
            return Say(guard_draft.sent(found.request, look_of(turn, self.house)))
        return told(turn, _shown(found, look), here=False)


def _shown(found: Duplicate | GuardShown | GuardProblem | NoSuchApp | Unreadable, look: Look) -> Say | Show:
    if isinstance(found, Duplicate):
        return Show(answers.duplicate(found.first, look))
    if isinstance(found, Unreadable):
        return Say(answers.refused_text(found, "view", look))
    if isinstance(found, NoSuchApp):
        return Say(protect.no_app(look))
    if isinstance(found, GuardProblem):
        return Say(guard_draft.problem(found, look))
    return Show(guard_draft.draw(found, look))


def read_wish(text: str) -> tuple[Wanted, bool] | None:
    """Read `"APP" mfa platforms windows locations "Office" send`; None where it names no wish."""
    target = _TARGET.match(text.strip())
    if target is None:
        return None
    parts = _parts(target["rest"])
    if parts is None:
        return None
    wanted = Wanted(
        app=(target["app"] or target["plain"] or "").strip(),
        all_apps=bool(target["all"]),
        guest=target["guest"] or "",
        group=target["group"] or "",
        mfa="mfa" in parts,
        platforms=parts.get("platform", ()),
        locations=parts.get("location", ()),
        terms=parts.get("term", ()),
    )
    return None if wanted.is_empty else (wanted, "send" in parts)


def _parts(text: str) -> Mapping[str, tuple[str, ...]] | None:
    """Return each word with what follows it; None where something stands between them."""
    found: dict[str, tuple[str, ...]] = {}
    place = 0
    while place < len(text):
        part = _PART.match(text, place)
        if part is None:
            return None
        items = tuple((one or other).strip() for one, other in _ITEM.findall(part["list"]))
        word = part["word"].lower().removesuffix("s")
        if (word in {"mfa", "send"}) == bool(items):
            return None
        found[word] = tuple(dict.fromkeys((*found.get(word, ()), *items)))
        place = part.end()
        if not text[place:].strip():
            break
    return found
