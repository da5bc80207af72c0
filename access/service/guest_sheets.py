"""The guests of an app as a file: offered first, and made anew when whoever asked accepts it."""

from dataclasses import dataclass
from typing import assert_never
from zoneinfo import ZoneInfo

from access.ports import AccessError, Gone, NotKept, Refused, Unconfirmed, Unknown, Uploads
from access.rules import sheet
from access.rules.causes import Cause
from access.rules.guest_list import AppPage, GuestPage, NoSuchApp, Wanted
from access.rules.model import AuditFact, Json, ObjectId
from access.rules.refusals import Unreadable
from access.rules.sheet import WhyNotSaved
from access.service.guest_lists import GuestLists


@dataclass(frozen=True, slots=True)
class GuestSheets:
    """Writes nobody a file of guests whom they may not see when they accept it; each is in the audit."""

    lists: GuestLists
    uploads: Uploads

    async def save(
        self, wanted: Wanted, person_id: ObjectId, url: str, zone: ZoneInfo
    ) -> GuestPage | WhyNotSaved:
        """Write the guests that are wanted where whoever accepted made room; return what was written."""
        found = await self.lists.show(wanted, person_id, whole=True)
        match found:
            case GuestPage():
                return await self._write(found, person_id, url, zone)
            case NoSuchApp() | AppPage():
                return WhyNotSaved.NO_SUCH_APP
            case Unreadable():
                return WhyNotSaved.UNREAD
            case _:
                assert_never(found)

    async def _write(
        self, page: GuestPage, person_id: ObjectId, url: str, zone: ZoneInfo
    ) -> GuestPage | WhyNotSaved:
        await self._note(page, person_id)
        try:
            await self.uploads.put(url, sheet.size_of(page, zone), sheet.parts(page, zone))
        except (NotKept, Unconfirmed):
            raise
        except AccessError as error:
            return why_not(error)
        return page

    async def _note(self, page: GuestPage, person_id: ObjectId) -> None:
        """Write who takes how many guests of which app with them, before the first of them leaves."""
        wanted = page.wanted
        narrowed: dict[str, Json] = {"only": wanted.only, "domain": wanted.domain}
        apps: list[Json] = [*sorted({page.app_of(row).object_id for row in page.rows})]
        narrowed["apps"] = apps if page.together else None
        detail = {"app": page.app.object_id, "rows": page.found, **{k: v for k, v in narrowed.items() if v}}
        fact = AuditFact(what="guests.saving", actor=person_id, detail=detail)
        await self.lists.decisions.store.write_audit(fact)


def why_not(error: AccessError) -> WhyNotSaved:
    """Return what became of a file whose address was not written to, or not to the end."""
    match error:
        case Gone():
            return WhyNotSaved.TOO_LATE
        case Refused(cause=Cause.GUARDED):
            return WhyNotSaved.NOT_ALLOWED
        case Refused():
            return WhyNotSaved.REFUSED
        case Unknown():
            return WhyNotSaved.UNSURE
        case _:
            return WhyNotSaved.AWAY
