"""A guest's new address: what would be asked for anew, and what has come of asking."""

from collections.abc import Mapping
from typing import Any

from access.rules.addresses import are_same
from access.rules.model import Request
from access.rules.new_addresses import Again, AskedAnew, NewAddress, Typed, WhyNoAddress
from cards import anatomy
from cards.anatomy import DONE, FAILED, LOOK_AT, NOTHING, Strip, command, small_print
from cards.elements import Action, CardJson, Element, Execute, InputText, ShowCard
from cards.look import Look
from cards.problems import sentence
from cards.texts import marked
from cards.words import LONGEST, access, both, ends, first

ADDRESS, JUSTIFICATION, TERM = "address", "justification", "term"
"""The fields of the two forms."""
_LONGEST_ADDRESS = 254
_WHY: Mapping[WhyNoAddress, str] = {
    WhyNoAddress.SAME: marked(
        "{guest} has this address already. To have {guest} accept anew with it, type {reset}."
    ),
    WhyNoAddress.TAKEN: marked(
        "Something else in the directory has this address: another account, a contact or a group. "
        "Ask a tenant admin whose it is."
    ),
    WhyNoAddress.NO_ACCESS: marked(
        "Guestlist gave {guest} nothing in an app of yours that could be asked for again. Type {invite}."
    ),
}


def read(answers: Mapping[str, Any]) -> Typed:
    """Read either form, and what its button carries."""
    address, term, justification = (_text(answers, one) for one in (ADDRESS, TERM, JUSTIFICATION))
    return Typed(address, term, justification[:LONGEST])


def _text(answers: Mapping[str, Any], field: str) -> str:
    found = answers.get(field)
    return found.strip() if isinstance(found, str) else ""


def button(guest_id: str, look: Look) -> Action:
    """Return the button that asks which address the guest has by now."""
    field = InputText(
        ADDRESS,
        look.say("New address"),
        maxLength=_LONGEST_ADDRESS,
        isRequired=True,
        errorMessage=look.say("Write the guest's new address."),
        style="Email",
    )
    title = look.say_as("button", "Go on")
    go_on = Execute(title, "change.address", {"guest": guest_id})
    name = look.say_as("button", "New address")
    return ShowCard(name, [field], go_on, text=name, style=None)


def asked(found: NewAddress, look: Look) -> CardJson | str:
    """Draw what would be asked for, before anything is sent; a sentence where nothing can be."""
    if said := _against(found, look):
        return look.say("Nothing was asked for: {why}", why=said)
    guest = first(found.guest.name, look)
    strip = Strip(LOOK_AT, look.say("Nothing is asked for yet"), (_why_anew(found, guest, look),))
    eyebrow = look.say("Guest · {address}", address=found.guest.address)
    title = look.say("Ask for {address} anew?", address=found.typed.address)
    body: list[Element] = [*anatomy.header(eyebrow, title), anatomy.strip(strip)]
    body.append(anatomy.label(look.say("What is asked for, each with its own approval")))
    body += [anatomy.row("–", _what(one, look), _until(one, look)) for one in found.accesses]
    stays = [look.typed(f"/remove {one.label}") for one in found.accesses]
    left = look.say(
        "What {guest} has now stays until its end, or until you type {remove}.",
        guest=guest,
        remove=both(stays, look),
    )
    body.append(anatomy.text(left))
    body.append(
        InputText(
            JUSTIFICATION,
            look.say("Justification, read by whoever approves"),
            isMultiline=True,
            maxLength=LONGEST,
            isRequired=True,
            errorMessage=look.say("Write why the guest needs the app."),
            value=found.typed.justification or found.accesses[0].justification,
        )
    )
    if _lacks_term(found):
        body.append(small_print(_asks_term(found, look)))
    else:
        body.append(small_print(look.say("Or type {command}.", command=command(_line(found), look))))
    data = {"guest": found.guest.object_id, ADDRESS: found.typed.address, TERM: found.typed.term}
    send = Execute(look.say_as("button", "Ask for new access"), "change.ask", data, style="positive")
    return anatomy.card(look, anatomy.aloud(strip, look), body, [send])


def sent(done: AskedAnew, look: Look) -> CardJson:
    """Draw for each access which request asks for it, or what is against that."""
    guest, found = done.asked.guest, done.found
    begun = [one.request for one in found if one.request]
    if begun:
        label = both([one.label for one in begun], look)
        more = look.say(
            "Whoever decides is asked. Nothing has changed for {guest}.", guest=first(guest.name, look)
        )
        strip = Strip(
            DONE if len(begun) == len(found) else LOOK_AT, look.say("Asked: {label}", label=label), (more,)
        )
    else:
        strip = Strip(FAILED, look.say("Nothing was asked for"), ())
    eyebrow = look.say("Guest · {address}", address=guest.address)
    title = look.say("New address {address}", address=done.asked.typed.address)
    body: list[Element] = [*anatomy.header(eyebrow, title), anatomy.strip(strip)]
    for one in found:
        body += _came_of(one, look)
    if _lacks_term(done.asked):
        body.append(small_print(_asks_term(done.asked, look)))
    typed = [command(f"/show {one.label}", look) for one in begun]
    actions: list[Action] = []
    if begun:
        body.append(small_print(look.say("Or type {command}.", command=both(typed, look))))
        actions = [_show(one, look) for one in begun[:_BUTTONS]]
    else:
        line = command(f'/invite {done.asked.typed.address} to "APP"', look)
        body.append(small_print(look.say("To fill in a form instead, type {command}.", command=line)))
    return anatomy.card(look, anatomy.aloud(strip, look), body, actions)


_BUTTONS = 4


def _lacks_term(found: NewAddress) -> bool:
    """Tell whether an access has no end that the request for the new address could take over."""
    return not found.typed.term and any(one.ends_at is None for one in found.accesses)


def _line(found: NewAddress) -> str:
    term = " for 90d" if _lacks_term(found) else ""
    return f"/change {found.guest.address} address {found.typed.address}{term} because …"


def _asks_term(found: NewAddress, look: Look) -> str:
    labels = both([one.label for one in found.accesses if one.ends_at is None], look)
    return look.say(
        "No end is set for {label}, so a new request needs a term. Type {command}.",
        label=labels,
        command=command(_line(found), look),
    )


def _show(request: Request, look: Look) -> Execute:
    title = look.say_as("button", "Show {label}", label=request.label)
    return Execute(title, "request.view", {"request": request.request_id})


def _came_of(one: Again, look: Look) -> list[Element]:
    if one.request:
        return [anatomy.row(DONE.symbol, _what(one.first, look), one.request.label)]
    if one.by_others:
        same = look.say("Somebody else asked for this, and it has not ended.")
        return [anatomy.row(NOTHING.symbol, _what(one.first, look), same)]
    wrong = " ".join(sentence(problem, look) for problem in one.problems)
    return [anatomy.row(NOTHING.symbol, _what(one.first, look), wrong)]


def _against(found: NewAddress, look: Look) -> str:
    if found.problem is not None:
        return sentence(found.problem, look)
    if found.why is None:
        return ""
    address = found.typed.address
    names = {
        "guest": first(found.guest.name, look),
        "reset": look.typed(f"/reset {address}"),
        "invite": look.typed(f'/invite {address} to "APP"'),
    }
    return look.say(_WHY[found.why], **names)


def _why_anew(found: NewAddress, guest: str, look: Look) -> str:
    if are_same(found.guest.address, found.typed.address):
        return look.say(
            "The directory has this address for {guest}, and nobody has approved it. The account stays.",
            guest=guest,
        )
    return look.say(
        "Another address gets another account: what others have shared with {guest} does not move along.",
        guest=guest,
    )


def _what(request: Request, look: Look) -> str:
    return f"{request.app.name}, {access(request.give, look)}"


def _until(request: Request, look: Look) -> str:
    if request.ends_at is None:
        return look.say("now {label}", label=request.label)
    return look.say("now {label}, until {when}", label=request.label, when=ends(request, look))
