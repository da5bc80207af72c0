"""A guest's details: the form with the reader of its answers, what is against it, and what is changed."""

from collections.abc import Mapping, Sequence
from typing import Any

from access.rules.accounts import Unfit
from access.rules.model import Detail, Request
from access.rules.profile_changes import Shown, in_field, mark
from access.rules.profiles import LONGEST, Edit, Typed, WhyNot
from access.rules.visible import visible
from cards import account_state, anatomy, new_address
from cards.anatomy import FAILED, LOOK_AT, NOTHING, WORKING, Strip, command, small_print
from cards.elements import CardJson, Element, Execute, InputChoice, InputText
from cards.look import Look
from cards.texts import marked
from cards.words import both, first, spoken

NAME, COMPANY, SPONSOR = "name", "company", "sponsor"
"""The fields of the form."""
NO_COMPANY = "no-company"
"""The box that clears the company: a client may leave out a field that somebody has emptied."""
_TICKED = "yes"
_LONGEST_SPONSOR = 256
_WHY: Mapping[WhyNot, str] = {
    WhyNot.NAME_MISSING: marked("Write a name that people can read."),
    WhyNot.NAME_LONG: marked("Write a name of at most {name} characters."),
    WhyNot.COMPANY_LONG: marked("Write a company of at most {company} characters."),
    WhyNot.SPONSOR_UNKNOWN: marked(
        "Nobody in the organisation is called that: write an address or a whole name."
    ),
    WhyNot.SPONSOR_SEVERAL: marked("Several people are called that: write the sponsor's address."),
    WhyNot.SPONSOR_UNABLE: marked("A guest, or somebody whose account is disabled, stands for nobody."),
    WhyNot.NOTHING: marked("All of it is so already."),
    WhyNot.MOVED: marked("Somebody else has changed {guest} since this was shown. Below is how it is now."),
}


def read(answers: Mapping[str, Any]) -> Typed:
    """Read the form; what is not in it stays, as does a sponsor where none is named.

    Where the box says that there is no company, what stands in its field does not count.
    """
    name, company, sponsor = (_text(answers, one) for one in (NAME, COMPANY, SPONSOR))
    if answers.get(NO_COMPANY) == _TICKED:
        company = ""
    return Typed(name, company, sponsor or None)


def _text(answers: Mapping[str, Any], field: str) -> str | None:
    found = answers.get(field)
    return found if isinstance(found, str) else None


def form(shown: Shown, look: Look) -> CardJson:
    """Draw a guest's details, each in its field, below what is against what was typed."""
    guest, profile = shown.guest, shown.profile
    name = profile.name or guest.address
    strip = _against(shown, name, look)
    eyebrow = look.say("Guest · {address}", address=guest.address)
    title = look.say("Change {guest}", guest=name)
    body: list[Element] = anatomy.header(eyebrow, title)
    body += [anatomy.strip(strip)] if shown.why else []
    sponsors = ", ".join(one.name for one in profile.sponsors) or look.say("Nobody")
    body.append(anatomy.facts([(look.say_as("fact", "Sponsor"), sponsors)]))
    body += _fields(shown, look)
    typed = command(f'/change {guest.address} name "…"', look)
    moved = command(f"/change {guest.address} address …", look)
    said = look.say("It is written to the directory for every app of {guest}.", guest=first(name, look))
    how = look.say(
        "Or type {command}; for a new address, which needs an approval, {moved}.", command=typed, moved=moved
    )
    body.append(small_print(f"{said} {how}"))
    data = {"guest": guest.object_id, "seen": mark(profile)}
    send = Execute(look.say_as("button", "Change"), "change.send", data, style="positive")
    line = look.typed(f"/change {guest.address}")
    aloud = anatomy.aloud(strip, look) if shown.why else spoken(f"{title}. {line}")
    return anatomy.card(look, aloud, body, [send, new_address.button(guest.object_id, look)])


def _against(shown: Shown, name: str, look: Look) -> Strip:
    if shown.why is None:
        return Strip(LOOK_AT, "", ())
    said = look.say(
        _WHY[shown.why],
        guest=first(name, look),
        name=str(LONGEST[Detail.NAME]),
        company=str(LONGEST[Detail.COMPANY]),
    )
    if shown.why in {WhyNot.NOTHING, WhyNot.MOVED}:
        return Strip(LOOK_AT, look.say("Nothing was changed"), (said,))
    return Strip(FAILED, look.say("Nothing was changed"), (said,))


def _fields(shown: Shown, look: Look) -> list[Element]:
    """Return the fields with what was typed, else with what is so; after a change by others as it is now."""
    typed, profile = shown.typed if shown.why is not WhyNot.MOVED else Typed(), shown.profile
    name = profile.name if typed.name is None else typed.name
    company = profile.company if typed.company is None else typed.company
    missing = look.say("Write a name that people can read.")
    box = [(look.say("The guest has no company"), _TICKED)]
    ticked = _TICKED if typed.company == "" else ""
    label = look.say("Clear the company (optional)")
    clear = [InputChoice(NO_COMPANY, label, box, several=True, value=ticked)] if profile.company else []
    return [
        InputText(
            NAME,
            look.say_as("field", "Name"),
            maxLength=LONGEST[Detail.NAME],
            isRequired=True,
            errorMessage=missing,
            value=in_field(name, Detail.NAME),
        ),
        InputText(
            COMPANY,
            look.say("Company (optional)"),
            maxLength=LONGEST[Detail.COMPANY],
            value=in_field(company, Detail.COMPANY),
        ),
        *clear,
        InputText(
            SPONSOR,
            look.say("Another sponsor, in place of all: address or whole name (optional)"),
            maxLength=_LONGEST_SPONSOR,
            value=visible(typed.sponsor or "")[:_LONGEST_SPONSOR],
        ),
    ]


def changed(request: Request, look: Look) -> list[tuple[str, str]]:
    """Return of each detail what it was and what it is to be; several sponsors are one line."""
    return of_edits(request.edits, look)


def of_edits(edits: Sequence[Edit], look: Look) -> list[tuple[str, str]]:
    nothing = look.say_as("value", "none")
    names = {
        Detail.NAME: look.say_as("fact", "Name"),
        Detail.COMPANY: look.say_as("fact", "Company"),
        Detail.SPONSOR: look.say_as("fact", "Sponsor"),
    }
    shown = [
        (names[edit.what], look.say("{was} → {to}", was=edit.was or nothing, to=edit.to or nothing))
        for edit in edits
    ]
    return list(dict.fromkeys(shown))


def begun(request: Request, look: Look) -> CardJson:
    """Draw that a change has begun, with what was and what is to be."""
    more = (look.say("How it goes on is said in your own chat with Guestlist."),) if look.shared else ()
    strip = Strip(WORKING, look.say("{label} has begun", label=request.label), more)
    return _leading(request, strip, look)


def same(request: Request, look: Look) -> CardJson:
    """Draw that the very same change is open already."""
    stands = look.say("{label} asks for the same, and has not ended yet.", label=request.label)
    return _leading(request, Strip(NOTHING, look.say("You changed nothing"), (stands,)), look)


def removed(request: Request, look: Look) -> CardJson:
    """Draw that the account is being removed, or is removed."""
    stands = account_state.already(request, look)
    return _leading(request, Strip(NOTHING, look.say("You changed nothing"), (stands,)), look)


def _leading(request: Request, strip: Strip, look: Look) -> CardJson:
    show = Execute(look.say_as("button", "Show request"), "request.view", {"request": request.request_id})
    body: list[Element] = [*anatomy.request_header(request, look), anatomy.strip(strip)]
    if facts := changed(request, look):
        body.append(anatomy.facts(facts))
    lines = [f"/show {request.label}"]
    if account_state.has_failed(request):
        lines.append(f"/retry {request.label}")
    typed = both([command(line, look) for line in lines], look)
    body.append(small_print(look.say("Or type {command}.", command=typed)))
    return anatomy.card(look, anatomy.aloud(strip, look, request), body, [show])


def nobody(look: Look) -> str:
    """Return the answer where there is no such guest, or none that is whoever asks's to change."""
    return look.say("You changed nothing: there is no guest with this address who has an app of yours.")


def untouchable(why: Unfit, look: Look) -> str:
    """Return why Guestlist does not touch an account."""
    if why is Unfit.SYNCED:
        return look.say("You changed nothing: the account comes from another directory. Change it there.")
    return look.say("You changed nothing: the account was never invited, so Guestlist does not touch it.")
