"""Adopting an access that Guestlist did not give: what would be adopted, and what came of it."""

from collections.abc import Mapping

from access.rules.adopting import Adoptable, AlreadyOurs, NotAdopted, WhyNotAdopted
from access.rules.model import Give, GiveKind, Record
from cards import anatomy, words
from cards.anatomy import DONE, LOOK_AT, Strip, command, small_print
from cards.elements import CardJson, Element, Execute, InputChoice, InputText
from cards.ended import renew_button
from cards.look import Look
from cards.texts import marked
from cards.words import cleaned, first, when

ACCESS, TERM = "access", "term"
"""The fields of the form."""
_LONGEST_TERM = 40
_WHY: Mapping[WhyNotAdopted, str] = {
    WhyNotAdopted.NOT_HELD: marked(
        "You adopted nothing: by the directory no guest of this address has such an app of yours. "
        "Type {guests} for those who have."
    ),
    WhyNotAdopted.NO_SUCH_ACCESS: marked(
        "Nothing was adopted: the guest has the app, but not by that. By what: {gives}."
    ),
    WhyNotAdopted.SEVERAL: marked(
        "Nothing was adopted: the guest has the app by {gives}. Say which, at the end: {example}."
    ),
    WhyNotAdopted.IS_MEMBER: marked(
        "Nothing was adopted: the directory counts this person among its members, though they come from "
        "elsewhere, and Guestlist acts on guests alone."
    ),
    WhyNotAdopted.CLOSED: marked(
        "Nothing was adopted: the guest has the app by a group whose members are kept by a rule or "
        "elsewhere, so that Guestlist could not end it."
    ),
    WhyNotAdopted.OTHERS_GROUP: marked(
        "Nothing was adopted: the guest has the app by {gives}, which the policy does not name for the app "
        "and you do not own. Ask {owners} to make you an owner of it, or an admin to adopt it."
    ),
    WhyNotAdopted.BEING_REMOVED: marked(
        "Nothing was adopted: {label} removes this guest from the directory. If the guest is to stay, "
        "type {restore} first."
    ),
    WhyNotAdopted.TERM: marked(
        "Nothing was adopted: write the end as a day to come, such as until 2027-03-31, or as for 90d."
    ),
    WhyNotAdopted.AT_WORK: marked("Somebody adopts this access just now. Look again in a minute."),
}
_OF_NOBODY = marked(
    "Nothing was adopted: the guest has the app by {gives}, which the policy does not name for the app "
    "and nobody owns. Ask an admin to adopt it."
)


def offer(found: Adoptable, look: Look) -> CardJson:
    """Draw what would be adopted, with the end as a field."""
    guest, app = found.guest, found.app
    name = cleaned(guest.name) or guest.address
    title = look.say("{guest} has {app}, not by Guestlist", guest=name, app=app.name)
    eyebrow = look.say("Guests · as of {when}", when=when(found.read_at, look, found.read_at))
    means = look.say(
        "Adopted, it has a number: it can be removed, and ends where an end is set. "
        "Nothing changes for {guest} now.",
        guest=first(name, look),
    )
    shown = Strip(LOOK_AT, look.say("No end known to Guestlist"), (means,))
    body: list[Element] = [*anatomy.header(eyebrow, title), anatomy.strip(shown)]
    given = "; ".join(words.access(one, look) for one in found.gives)
    facts = [
        (look.say_as("fact", "Guest"), f"{name}, {guest.address}"),
        (look.say_as("fact", "Access"), given),
    ]
    body.append(anatomy.facts(facts))
    if len(found.gives) > 1:
        choices = [(words.access(one, look), one.key) for one in found.gives]
        missing = look.say("Choose one.")
        body.append(
            InputChoice(ACCESS, look.say_as("fact", "Access"), choices, isRequired=True, errorMessage=missing)
        )
    body.append(
        InputText(
            TERM,
            look.say("Until when, or how long (optional)"),
            maxLength=_LONGEST_TERM,
            placeholder="2027-03-31, 90d",
        )
    )
    line = f'/adopt {guest.address} in "{app.name}"'
    body.append(small_print(look.say("Or type {command}.", command=command(f"{line} for 90d", look))))
    send = Execute(
        look.say_as("button", "Adopt"), "adopt.send", {"guest": guest.object_id, "app": app.object_id}
    )
    return anatomy.card(look, anatomy.aloud(shown, look), body, [send])


def adopted(record: Record, look: Look) -> CardJson:
    """Draw what was adopted, and what can be done with it from now on."""
    request = record.request
    guest = first(request.guest_name, look)
    if request.ends_at is None:
        said = look.say("It has no end. Set one, or remove it at any time.")
    else:
        last = words.last_day(request.ends_at, look)
        said = look.say("It ends on {when}, and is taken away then.", when=last)
    now = look.say("Nothing changes for {guest} now.", guest=guest)
    shown = Strip(DONE, look.say("Adopted as {label}", label=request.label), (said, now))
    body: list[Element] = [*anatomy.request_header(request, look), anatomy.strip(shown)]
    body.append(
        anatomy.facts(
            [
                (look.say_as("fact", "Guest"), f"{request.guest_name}, {request.address}"),
                (look.say_as("fact", "Access"), words.access(request.give, look)),
                anatomy.term_fact(request, look),
            ]
        )
    )
    typed = {
        "act": command(f"/guest {request.label}", look),
        "remove": command(f"/remove {request.label}", look),
    }
    line = look.say("Or type {act}, or {remove}.", **typed)
    if request.ends_at is None:
        end = command(f"/extend {request.label} by 90d", look)
        line = f"{look.say('To set its end, type {command}.', command=end)} {line}"
    body.append(small_print(line))
    show = Execute(look.say_as("button", "Show guest"), "guest.view", {"request": request.request_id})
    ends = renew_button(request, look) if request.ends_at is None else []
    return anatomy.card(look, anatomy.aloud(shown, look, request), body, [*ends, show])


def refused(found: NotAdopted, look: Look) -> str:
    """Return why nothing was adopted; of what others have, nothing."""
    gives = words.both([words.access(one, look) for one in found.gives], look) if found.gives else ""
    named = {
        "gives": gives,
        "guests": look.typed("/guests"),
        "example": _example(found.gives),
        "label": found.removal,
        "restore": look.typed(f"/restore {found.removal}"),
        "owners": words.people(found.owners, look) if found.owners else "",
    }
    nobodys = found.why is WhyNotAdopted.OTHERS_GROUP and not found.owners
    return look.say(_OF_NOBODY if nobodys else _WHY[found.why], **named)


def ours(found: AlreadyOurs, look: Look) -> str:
    """Return that there is nothing to adopt, and the number under which the access is known."""
    label = found.request.label
    return look.say(
        "Nothing was adopted: {label} has this access already. Type {command}.",
        label=label,
        command=look.typed(f"/guest {label}"),
    )


def usage(look: Look) -> str:
    line = '/adopt ana@fabrikam.com in "Health Records" until 2027-03-31'
    return look.say("Write the guest's address and the app: {command}", command=look.typed(line))


def _facts(name: str, address: str, given: str, look: Look) -> list[tuple[str, str]]:
    return [(look.say_as("fact", "Guest"), f"{name}, {address}"), (look.say_as("fact", "Access"), given)]


def _example(gives: tuple[Give, ...]) -> str:
    named = next((one.name for one in gives if one.kind is GiveKind.GROUP), gives[0].name if gives else "")
    return f'as "{named}"'
