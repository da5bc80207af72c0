"""`/pause`, `/resume`, `/stop`: the run of an approved list, which goes on by itself."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from access.rules.model import ObjectId, Record
from access.service.acting import Refusal
from access.service.copies import Copies
from access.service.list_runs import ListRuns
from access.service.sights import Sights
from cards.look import Look
from cards.plain import usage
from dialogs.flow import Commanded, PressedBy, Routes, look_of
from dialogs.meant import label_of
from dialogs.replies import Act, Replies
from dialogs.turn import Pressed, Reply, Said, Say

Done = Callable[[str, ObjectId], Awaitable[Record | Refusal]]


@dataclass(frozen=True, slots=True)
class ListRun:
    """Who may is read at the press; what failed is also taken up by `/retry`, as of any request."""

    runs: ListRuns
    sights: Sights
    copies: Copies
    house: Look

    def routes(self) -> Routes:
        acts = {"pause": self.runs.pause, "resume": self.runs.resume, "stop": self.runs.stop}
        presses = {**acts, "retry": self.runs.retry}
        return Routes(
            commands={word: self._typed(word, done) for word, done in acts.items()},
            presses={f"list.{word}": self._pressed(word, done) for word, done in presses.items()},
            effects=frozenset(acts),
        )

    def _pressed(self, word: str, done: Done) -> PressedBy:
        return self._replies.on_newest(f"list.{word}", self._act(word, done))

    def _typed(self, word: str, done: Done) -> Commanded:
        async def typed(turn: Said, rest: str) -> Reply | None:
            if not rest:
                return Say(usage(word, look_of(turn, self.house)))
            label = label_of(rest)
            return None if label is None else await self._act(word, done)(turn, label)

        return typed

    def _act(self, word: str, done: Done) -> Act:
        async def act(turn: Said | Pressed, reference: str) -> Reply:
            result = await done(reference, turn.actor.object_id)
            return await self._replies.to(turn, reference, result, word)

        return act

    @property
    def _replies(self) -> Replies:
        return Replies(self.sights, self.copies, self.house)
