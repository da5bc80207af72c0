"""The guests of an app as a file: what is said when it is offered, and when none was saved."""

from collections.abc import Mapping

from access.rules.guest_list import ALL_APPS, GuestPage, Wanted
from access.rules.sheet import WhyNotSaved
from cards import anatomy
from cards.anatomy import FAILED, LOOK_AT, NOTHING, Strip, Tone, command, small_print
from cards.elements import CardJson, Element, Execute
from cards.guest_list import AS_FILE, accesses, asked, line
from cards.look import Look
from cards.texts import marked
from cards.words import cleaned

_LONGEST = 256
_WHY: Mapping[WhyNotSaved, tuple[Tone, str]] = {
    WhyNotSaved.DECLINED: (NOTHING, marked("The file was declined, so none was made.")),
    WhyNotSaved.NO_SUCH_APP: (
        NOTHING,
        marked("There is no app of this name whose guests you may see at this moment."),
    ),
    WhyNotSaved.UNREAD: (
        FAILED,
        marked("Guestlist could not read the directory. Try again in a minute."),
    ),
    WhyNotSaved.NOT_ALLOWED: (
        FAILED,
        marked(
            "Guestlist does not write to the address that Teams gave for the file. "
            "The operator lists the addresses of your OneDrive in GUESTLIST_FILE_ORIGINS."
        ),
    ),
    WhyNotSaved.TOO_LATE: (
        FAILED,
        marked("The place for the file was held for a while only, which is over."),
    ),
    WhyNotSaved.REFUSED: (
        FAILED,
        marked("Your OneDrive did not take the file. Look whether it is full, or closed to you."),
    ),
    WhyNotSaved.AWAY: (FAILED, marked("Your OneDrive did not answer in time. Try again in a minute.")),
    WhyNotSaved.UNSURE: (
        LOOK_AT,
        marked("The last answer of your OneDrive was lost, so the file may be there. Look in your files."),
    ),
}
_HOPELESS = {WhyNotSaved.NO_SUCH_APP}


def about(shown: GuestPage, look: Look) -> str:
    """Return what Teams shows on its own card: of whom the file tells, and what becomes of it."""
    app = cleaned(shown.app.name)
    kept = look.say("If you accept, it is made as of then and saved in your OneDrive.")
    if shown.together:
        return f"{accesses(shown.found, look)}. {kept}"
    of = look.count("1 guest of {app}.", "{number} guests of {app}.", shown.found, app=app)
    return f"{of} {kept}"


def none(why: WhyNotSaved, wanted: Wanted, app: str, look: Look) -> CardJson:
    """Draw that there is no file, in the place of its offer, and how there may be one."""
    strip = strip_of(why, look)
    name = cleaned(app)[:_LONGEST]
    named = name if name != ALL_APPS else ""
    title = look.say("Guests of {app} as a file", app=named) if named else look.say("Guests as a file")
    body: list[Element] = anatomy.header(look.say("Guests · file"), title)
    body.append(anatomy.strip(strip))
    if why in _HOPELESS or not name:
        body.append(small_print(look.say("Or type {command}.", command=command("/guests", look))))
        return anatomy.card(look, anatomy.aloud(strip, look), body)
    again = Execute(look.say_as("button", "As a file"), "guests.file", {**asked(wanted, wanted.app)})
    typed = command(line(name, wanted, AS_FILE), look)
    body.append(small_print(look.say("Or type {command}.", command=typed)))
    return anatomy.card(look, anatomy.aloud(strip, look), body, [again])


def strip_of(why: WhyNotSaved, look: Look) -> Strip:
    """Return the strip of a file that was not saved, of guests or of a list."""
    tone, said = _WHY[why]
    state = look.say("Not known whether it was saved") if why is WhyNotSaved.UNSURE else ""
    return Strip(tone, state or look.say("No file was saved"), (look.say(said),))
