"""Whether a request will work, in one line: when it was looked at, and what would fail; never a promise."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from access.rules.because import Because
from access.rules.checked import Checked
from access.rules.checking import OF, concerns, fails, known_of, of_some
from access.rules.model import Request
from cards import anatomy
from cards.anatomy import DONE, FAILED, LOOK_AT, UNREAD, Tone
from cards.elements import Element
from cards.form_fields import FormView
from cards.look import Look
from cards.readiness_words import SAID
from cards.words import domain, when

_MOST_NAMED = 2
Names = Mapping[str, str]
"""What the causes name: the app, the access and the guest's domain."""


def line(request: Request, look: Look) -> list[Element]:
    """Return the line while somebody decides; nothing before it was looked at."""
    known = known_of(request)
    if known is None or not concerns(request):
        return []
    tone, words = _of_request(request, known, look)
    return [anatomy.row(tone.symbol, words)]


def of_view(view: FormView, look: Look) -> list[Element]:
    """Return the line of a form for which something was found in time."""
    if view.known is None:
        return []
    whose = domain(view.draft.address) if "@" in view.draft.address else ""
    names = {"app": view.app_title, "domain": whose, "access": view.access_title}
    return of_form(view.known, view.notes, names, look)


def of_form(known: Checked, notes: Iterable[str], names: Names, look: Look) -> list[Element]:
    """Return the line of a form, and what is to be known of its app; without a guest, only what fails."""
    told = [
        anatomy.row(LOOK_AT.symbol, look.say("{cause}.", cause=one)) for one in causes(notes, names, look)
    ]
    if not (names["domain"] or known.fails):
        return told
    tone, words = _said(known, names, known.at, look)
    return [anatomy.row(tone.symbol, words), *told]


def warned(request: Request, look: Look) -> str:
    """Return the line as it is read aloud where it says that something will fail, else nothing."""
    known = known_of(request)
    if known is None or not concerns(request) or not fails(request):
        return ""
    return _of_request(request, known, look)[1]


def _of_request(request: Request, known: Checked, look: Look) -> tuple[Tone, str]:
    return _said(known, names_of(request), request.changed_at, look, some=of_some(request))


def causes_of(request: Request, look: Look) -> list[str]:
    """Return all that will fail, as sentences."""
    return [look.say("{cause}.", cause=one) for one in causes(fails(request), names_of(request), look)]


def causes(codes: Iterable[str], names: Names, look: Look) -> list[str]:
    """Return what was found as titles, by its codes; what only a newer version knows has no words here."""
    about, known = {**names, "group": names["access"]}, {str(one) for one in Because}
    words = [code.rpartition(":")[2].partition(OF) for code in codes]
    return [_cause(Because(one), whose, about, look) for one, _, whose in words if one in known]


def _cause(because: Because, whose: str, about: Names, look: Look) -> str:
    """Return what was found; of one domain of a list with the domain, where the words do not name it."""
    title = SAID[because][0]
    if not whose:
        return look.say(title, **about)
    said = look.say(title, **{**about, "domain": whose})
    return said if "{domain}" in title else look.say("{what}: {words}", what=whose, words=said)


def names_of(request: Request) -> Names:
    """Return what a request's causes name."""
    return {"app": request.app.name, "domain": domain(request.address), "access": request.give.name}


def _said(known: Checked, names: Names, now: datetime, look: Look, *, some: bool = False) -> tuple[Tone, str]:
    at = when(known.at, look, now)
    if known.away:
        return UNREAD, look.say("Checked {when}: whether this will work could not be read.", when=at)
    if known.fails:
        found = look.say("Checked {when}: this will fail.", when=at)
        if some:
            found = look.say("Checked {when}: this will fail for some of the guests.", when=at)
        return FAILED, _joined(found, known.fails, known.unread, names, look)
    if known.partly:
        found = look.say("Checked {when}: this may fail.", when=at)
        return LOOK_AT, _joined(found, known.partly, known.unread, names, look)
    if known.unread:
        return UNREAD, look.count(
            "Checked {when}: nothing that would fail was found, but one thing could not be read.",
            "Checked {when}: nothing that would fail was found, but {number} things could not be read.",
            known.unread,
            when=at,
        )
    return DONE, look.say("Checked {when}: nothing that would fail was found.", when=at)


def _joined(found: str, codes: tuple[str, ...], unread: int, names: Names, look: Look) -> str:
    """Return the gravest causes, how many more there are, and how much could not be read."""
    titles = causes(codes, names, look)[:_MOST_NAMED]
    said = [found, *(look.say("{cause}.", cause=one) for one in titles)]
    if (more := len(codes) - len(titles)) > 0:
        said.append(look.count("One more check fails.", "{number} more checks fail.", more))
    if unread:
        said.append(look.count("One thing could not be read.", "{number} things could not be read.", unread))
    return " ".join(said)
