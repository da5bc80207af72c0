"""Cards of `/protect`: what guests face at the sign-in to apps."""

from dataclasses import replace
from datetime import UTC, datetime

from access.rules.faced import AppFaced, FacedPage, Tally, barest_first, sums
from access.rules.model import App, ObjectId
from cards import protect
from cards.elements import CardJson
from cards.look import Look

AT = datetime(2026, 11, 23, 8, 14, tzinfo=UTC)
BARS = ("https://guestlist.example.com/api/charts/a.png",) * 3


def _app(number: int, name: str) -> App:
    return App(ObjectId(f"21d5256f-fe57-5ef2-a119-88667f4cf20{number}"), name, app_id=f"{number}")


def _faced(app: App, now: tuple[Tally, Tally, Tally], *, watched: Tally | None = None) -> AppFaced:
    return AppFaced(app, *now, (watched or now[0], now[1], now[2]))


RECORDS = _faced(
    _app(1, "Health Records"),
    (Tally(wholly=9, partly=1, unsure=1, none=3), Tally(none=14), Tally(wholly=14)),
    watched=Tally(wholly=14),
)
PORTAL = _faced(_app(2, "Patient Portal"), (Tally(wholly=2), Tally(none=2), Tally(none=2)))
DESK = _faced(_app(3, "Case Review"), (Tally(unsure=1), Tally(unsure=1), Tally(none=1)))
EVERY = barest_first([PORTAL, DESK, RECORDS])
PAGE = FacedPage(rows=tuple(EVERY), sums=sums(EVERY), page=1, pages=2, total=8, read_at=AT, left=2, unread=1)


def _of(*apps: AppFaced) -> FacedPage:
    return replace(PAGE, rows=apps, sums=sums(apps), pages=1, total=len(apps), left=0, unread=0)


def protection_cards(look: Look) -> dict[str, CardJson]:
    pages = {
        "protect-gaps": PAGE,
        "protect-fine": replace(_of(PORTAL), defaults=True),
        "protect-not-sure": _of(DESK),
        "protect-app": replace(_of(RECORDS), app=RECORDS.app),
        "protect-no-guests": replace(_of(), app=PORTAL.app),
    }
    drawn = {name: protect.draw(page, None, look) for name, page in pages.items()}
    return {**drawn, "protect-pictured": protect.draw(_of(*EVERY), BARS, look)}
