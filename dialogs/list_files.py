"""`/bulk R-1042 file`: the rows of a list, with what would become of each or what became of it."""

import re
from dataclasses import dataclass

from access.rules.list_files import ListFile, name_of
from access.rules.refusals import NotPossible
from access.rules.sheet import WhyNotSaved
from access.service.list_files import Advised, Kept, ListFiles, NoFile, size_of, why_late
from cards import answers, bulk_start, list_file
from cards.look import Look
from dialogs.commands import read_number
from dialogs.flow import Routes, look_of, told, unseen
from dialogs.meant import request_of
from dialogs.turn import Consented, Filed, Offer, Pressed, Reply, Said, Say, Show

_OF_DRAFT = re.compile(r"file\s+(?P<code>\S{1,40})", re.IGNORECASE)
_OF_REQUEST = re.compile(r"(?:as\s+(?:a\s+)?)?(?:file|csv)[.!]?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ListsAsFiles:
    """Offers them in the own chat of who asks alone, wherever that was: a list holds guests' addresses."""

    files: ListFiles
    house: Look

    def routes(self) -> Routes:
        return Routes(
            presses={"bulk.file": self.pressed},
            consents={"bulk.save": self.answered},
            effects=frozenset({"bulk.save"}),
        )

    async def typed(self, turn: Said, rest: str) -> Reply | None:
        """Answer what follows `/bulk` where it asks for a file, and None where it does not."""
        if (found := read_number(rest)) and found.exact and _OF_REQUEST.fullmatch(found.rest):
            return await self._of_request(turn, found.label)
        if not turn.files and (draft := _OF_DRAFT.fullmatch(rest.strip())):
            return await self._of_draft(turn, draft["code"].lower())
        return None

    async def pressed(self, turn: Pressed) -> Reply:
        if code := str(turn.data.get("list", "")):
            return await self._of_draft(turn, code)
        return await self._of_request(turn, request_of(turn))

    async def _of_draft(self, turn: Said | Pressed, code: str) -> Reply:
        look = look_of(turn, self.house, here=False)
        kept = await self.files.of_draft(code, turn.actor.object_id)
        return self._offer(kept, look) if kept else told(turn, Show(bulk_start.gone(look)), here=False)

    async def _of_request(self, turn: Said | Pressed, reference: str) -> Reply:
        look = look_of(turn, self.house, here=False)
        kept = await self.files.of_request(reference, turn.actor.object_id)
        if isinstance(kept, Kept):
            return self._offer(kept, look)
        if isinstance(kept, NotPossible):
            return told(turn, Say(answers.refused_text(kept, "file", look)), here=False)
        return unseen(turn, kept, "file", look)

    def _offer(self, kept: Kept, look: Look) -> Offer:
        made, request = kept.made, kept.request
        about = {"request": request.request_id, "file": str(kept.file)} if request else {"list": made.list_id}
        day = self.files.decisions.now().astimezone(look.zone).date()
        return Offer(
            name=name_of(kept.file, made.app.name, request.label if request else "", day),
            about=list_file.about(kept.file, made, look),
            size=size_of(kept, self._advised(kept, look)),
            verb="bulk.save",
            data=about,
        )

    async def answered(self, turn: Consented) -> Reply:
        """Make the file that was offered and is wanted; who may have it is asked again."""
        look, person = look_of(turn, self.house), turn.actor.object_id
        kept = await self._meant(turn)
        if kept is None:
            return Show(bulk_start.gone(look))
        if not isinstance(kept, Kept):
            return Show(answers.refused(kept, "file", look))
        why = WhyNotSaved.DECLINED
        if turn.room is not None:
            saved = await self.files.save(kept, person, turn.room.upload_url, self._advised(kept, look))
            if isinstance(saved, Kept):
                return Filed(turn.room)
            why = saved
        return Show(list_file.none(why, kept.made, kept.request, look))

    async def _meant(self, turn: Consented) -> Kept | NoFile | None:
        person, data = turn.actor.object_id, turn.data
        if code := str(data.get("list", "")):
            return await self.files.of_draft(code, person)
        file = ListFile.VERDICTS if data.get("file") == ListFile.VERDICTS else None
        return await self.files.of_request(str(data.get("request", "")), person, file)

    def _advised(self, kept: Kept, look: Look) -> Advised:
        request = kept.request
        zone = self.files.decisions.requests.check.zone
        late = why_late(request, self.files.decisions.now(), zone) if request else None
        return lambda row, found: list_file.to_do(row, found, request, look, late=late)
