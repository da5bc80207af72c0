"""Cards of `/bulk` until a list is sent: the form, a file that was read or not, and the dry run."""

from dataclasses import replace
from datetime import UTC, datetime

from access.rules.attached import WhyNotFetched
from access.rules.draft import Draft
from access.rules.list_rows import Noticed, Unreadable, WhyUnread
from access.rules.lists import DRAFT_KEPT, GuestList
from access.rules.model import Give, GiveKind, Guest, Kind, Named, ObjectId, Term
from access.rules.refusals import Field, Problem, ProblemCode
from access.rules.verdicts import Judged, Known, OfDomain, Wanted, judge
from cards import bulk_dry_run, bulk_form, bulk_start
from cards.bulk_form import BulkView, Filled
from cards.elements import CardJson
from cards.form_fields import FormView
from cards.look import Look
from cards.words import access

AT = datetime(2026, 11, 23, 8, 14, tzinfo=UTC)
MEGAN = ObjectId("00000000-0000-4000-8000-000000000001")
APP = Named(ObjectId("00000000-0000-4000-8000-0000000000a1"), "Health Records")
GROUP = Give(GiveKind.GROUP, ObjectId("00000000-0000-4000-8000-00000000000a"), "Health Records guests")
DECIDE = (
    Named(ObjectId("00000000-0000-4000-8000-000000000002"), "Alex Wilber"),
    Named(ObjectId("00000000-0000-4000-8000-000000000003"), "Nia Chen"),
)
DRAFT = Draft(
    kind=Kind.BULK,
    app=APP.object_id,
    access=GROUP.key,
    term="90d",
    justification="The March audit of all clinics.",
)
LIST = "5a9a2271" * 4
FILLED = Filled(DRAFT, "cy@fabrikam.com", LIST)
_DENIED = Problem(Field.ADDRESS, ProblemCode.DOMAIN_DENIED, ("mailinator.com",))


def _known(name: str, key: str, *, enabled: bool = True) -> Guest:
    return Guest(ObjectId(key), name, f"{key}@fabrikam.com", enabled=enabled)


def rows() -> tuple[Judged, ...]:
    """Return a list of which a part goes, and the rest for every cause that there is."""
    guests = {one.address: one for one in (_known("Kim", "kim"), _known("Lee", "lee"))}
    guests["off@fabrikam.com"] = _known("Off", "off", enabled=False)
    addresses = [f"guest-{number}@fabrikam.com" for number in range(240)]
    addresses += [f"nurse-{number}@contoso-health.org" for number in range(31)]
    addresses += ["kim@fabrikam.com", "lee@fabrikam.com", "off@fabrikam.com", "Guest-3@Fabrikam.com"]
    addresses += ["nobody@", "megan@contoso-health.com", "x@mailinator.com", "y@mailinator.com"]
    addresses += ["ana@fabrіkam.com", "pat@fabrikam.com", "ada@bank.example"]
    known = Known(
        guests=guests,
        holders=frozenset({ObjectId("lee")}),
        asked={"pat@fabrikam.com": "R-1042"},
        domains={
            "contoso-health.com": OfDomain(own=True),
            "mailinator.com": OfDomain(barred=_DENIED),
            "bank.example": OfDomain(deciders="others"),
        },
    )
    return judge([Wanted(place, one) for place, one in enumerate(addresses, start=2)], known)


def made(found: tuple[Judged, ...]) -> GuestList:
    return GuestList(
        list_id=LIST,
        owner=MEGAN,
        file="partners-of-march.csv",
        app=APP,
        give=GROUP,
        term=Term(days=90),
        justification=DRAFT.justification,
        message="Welcome to the audit.",
        deciders=DECIDE,
        rows=found,
        made_at=AT,
        kept_until=AT + DRAFT_KEPT,
    )


def _forms(look: Look) -> dict[str, CardJson]:
    empty = BulkView(form=FormView(draft=Draft(kind=Kind.BULK)), filled=Filled(Draft(kind=Kind.BULK)))
    problems = (
        Problem(Field.APP, ProblemCode.NOT_ALLOWED, (APP.name,)),
        Problem(Field.WHOLE, ProblemCode.NO_APPROVER, (APP.name,)),
    )
    asked = FormView(draft=DRAFT, problems=problems, app_title=APP.name, access_title=access(GROUP, look))
    wrong = BulkView(
        form=asked,
        filled=FILLED,
        kept=283,
        file="partners-of-march.csv",
        unread=Unreadable(WhyUnread.UNCLOSED_QUOTE, row=2),
    )
    return {
        "form-bulk": bulk_form.form(empty, look),
        "form-bulk-returned": bulk_form.form(wrong, look),
        "form-bulk-lost": bulk_form.form(replace(wrong, kept=0, lost=True, unread=None), look),
    }


def brought_cards(look: Look) -> dict[str, CardJson]:
    noticed = Noticed(ignored=("Department", "Phone"), passed_over=3, encoding="cp1252")
    sheet = Noticed(sheet="March", other_sheets=2)
    found = rows()
    wrong = [Problem(Field.TERM, ProblemCode.TERM_TOO_LONG, (APP.name, "180", "2027-05-22"))]
    return {
        **_forms(look),
        "bulk-start": bulk_start.start(Filled(Draft(kind=Kind.BULK)), look),
        "bulk-reading": bulk_start.reading("partners-of-march.csv", look),
        "bulk-received": bulk_start.received(283, "partners-of-march.csv", noticed, FILLED, look),
        "bulk-received-sheet": bulk_start.received(1, "partners.xlsx", sheet, FILLED, look),
        "bulk-unread": bulk_start.unread(
            Unreadable(WhyUnread.TOO_MANY_ROWS, count=23_456), "partners-of-march.csv", look
        ),
        "bulk-not-fetched": bulk_start.unread(WhyNotFetched.REDIRECTED, "partners-of-march.csv", look),
        "bulk-not-kept": bulk_start.not_now(look),
        "bulk-looking": bulk_start.looking(10_000, FILLED, look),
        "bulk-not-looked-at": bulk_start.not_looked_at(wrong, FILLED, look),
        "bulk-gone": bulk_start.gone(look),
        "bulk-dry-run": bulk_dry_run.draw(made(found), FILLED, look),
        "bulk-dry-run-all": bulk_dry_run.draw(made(found[:240]), FILLED, look),
        "bulk-dry-run-none": bulk_dry_run.draw(made(found[-8:-4]), FILLED, look),
    }
