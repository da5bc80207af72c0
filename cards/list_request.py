"""A list of guests as each sees it: everybody in the thread, whoever asked, and who decides, once for all."""

from collections.abc import Sequence

from access.rules import jobs
from access.rules.bulk import GOES, Bulk, Sample
from access.rules.checking import domain_to_tell, of_some
from access.rules.model import Record, Request, State
from access.rules.stages import may_press
from access.rules.standing import open_question
from cards import anatomy, checked, list_file, list_progress, own, setup_state, verdict_words
from cards.anatomy import Strip, command, data_of, small_print
from cards.approval import approve_button, deny_button, or_type, will_it_work
from cards.bulk_dry_run import domains
from cards.elements import Action, CardJson, Element, Execute, InputChoice, ShowCard
from cards.form_questions import answers
from cards.look import Look
from cards.questions import ask_button, asked_and_answered
from cards.state import approver_fact, strip_of
from cards.words import access, both, deed, first, spoken

DOMAINS = "domains"
"""The field with the domains that are excepted."""
_MOST_NAMED, _MOST_OFFERED = 8, 20
"""A card holds 28 KB; any other domain of the list can be typed."""


def draw(record: Record, audience: str, look: Look) -> CardJson:
    """Draw for `thread`, `requestor` or `approver/OBJECT-ID`; the thread names nobody, and has no buttons."""
    request, person = record.request, jobs.approver_of(audience)
    may, waits = person is not None and may_press(request, person), request.state is State.PENDING_APPROVAL
    private = audience != jobs.THREAD
    strip = strip_of(record, look, person if may else None)
    body: list[Element] = [*_header(record, look), anatomy.strip(strip)]
    if request.state in setup_state.APPROVED:
        body += list_progress.figures(record, look, private=private)
    body.append(anatomy.facts(_facts(request, look)))
    if private:
        body += _asked(request, look, waits=waits)
        body += _rows(request, record.samples, look) if waits else _denied(request, look)
        body += [*list_file.shown(request, look), *(_foreseen(request, look) if waits else ())]
    actions: list[Action] = []
    if may:
        body.append(_deciding(request, look))
        actions = _deciding_buttons(request, look)
    elif audience == jobs.REQUESTOR and waits:
        body.append(own.typed(request, look))
        actions = own.buttons(request, look)
    elif private and request.state in setup_state.APPROVED:
        body += list_progress.typed(record, look)
        actions = list_progress.buttons(record, look)
    refresh = ("approval.view" if person else "request.view", {"request": request.request_id})
    return anatomy.card(look, _summary(record, look, strip, may=may), body, actions, refresh=refresh)


def _header(record: Record, look: Look) -> list[Element]:
    """Return what stands above everything; a card that counts says when it did."""
    request = record.request
    if record.progress is None or request.state is not State.DELIVERING:
        return anatomy.request_header(request, look)
    at = list_progress.as_of(request.changed_at, look)
    eyebrow = look.say("Request {label} · as of {time}", label=request.label, time=at)
    return anatomy.header(eyebrow, deed(request, look))


def undecided(
    request: Request, strip: Strip, changes: list[Element], look: Look, *, approve: Execute | None
) -> CardJson:
    """Draw for an approver whose press decided nothing: what stands against it, and the list as it is."""
    body: list[Element] = [*anatomy.request_header(request, look), anatomy.strip(strip), *changes]
    body += [anatomy.facts(_facts(request, look)), *_asked(request, look, waits=True)]
    body += [*_rows(request, (), look), *list_file.shown(request, look)]
    body += [*_foreseen(request, look), _deciding(request, look)]
    actions: list[Action] = [*_except_button(request, look), deny_button(request, look)]
    if approve is not None:
        actions.insert(0, approve)
    return anatomy.card(look, anatomy.aloud(strip, look, request), body, actions)


def _summary(record: Record, look: Look, strip: Strip, *, may: bool) -> str:
    request = record.request
    if not may:
        return anatomy.aloud(strip, look, request)
    about = {"requestor": request.requestor.name, "label": request.label, "deed": deed(request, look)}
    asks = look.say("{requestor} asks you to approve {label}: {deed}.", **about)
    to_do = look.say(
        "Type {approve}, or {deny} and your justification.",
        approve=look.typed(f"/approve {request.label}"),
        deny=look.typed(f"/deny {request.label}"),
    )
    return spoken(" ".join(one for one in (asks, checked.warned(request, look), to_do) if one))


def _facts(request: Request, look: Look) -> list[tuple[str, str]]:
    bulk = _bulk(request)
    total = sum(number for _, number in bulk.counts)
    guests = look.count("{rows} of 1 row", "{rows} of {number} rows", total, rows=bulk.rows)
    return [
        (look.say_as("fact", "Guests"), guests),
        *([(look.say_as("fact", "Left out"), _left_out(bulk, look))] if bulk.left_out else []),
        *([(look.say_as("fact", "File"), bulk.file)] if bulk.file else []),
        (look.say_as("fact", "Access"), access(request.give, look)),
        anatomy.term_fact(request, look),
        (look.say_as("fact", "Requestor"), request.requestor.name),
        *approver_fact(request, look),
    ]


def _asked(request: Request, look: Look, *, waits: bool) -> list[Element]:
    return [
        *anatomy.prose(look.say("Justification"), request.justification, look),
        *answers(request, look),
        *(asked_and_answered(request, look) if waits else ()),
        *anatomy.prose(look.say("Message to the guests"), request.message, look),
    ]


def _denied(request: Request, look: Look) -> list[Element]:
    if request.state is not State.DENIED or request.review is None:
        return []
    title = look.say("{name}'s justification", name=first(request.review.by.name, look))
    return anatomy.prose(title, request.review.justification, look)


def _rows(request: Request, samples: Sequence[Sample], look: Look) -> list[Element]:
    """Return by what one decides about all of them: verdicts, domains, and some whom it is about."""
    bulk = _bulk(request)
    said = {look.say("Domains"): domains(bulk.domains, look)}
    if not bulk.left_out:  # what is left was not counted by what it is
        said = {look.say("What is asked for"): _counted(bulk, look, goes=True), **said}
    if stays := _counted(bulk, look, goes=False):
        said[look.say("What is not")] = stays
    shown: list[Element] = []
    for title, line in said.items():
        shown += [anatomy.label(title), anatomy.text(line, spacing="None")]
    if samples:
        shown.append(anatomy.label(look.say("Some of the guests")))
        shown += [anatomy.row("·", f"{one.name}, {one.address}") for one in samples]
    return shown


def _foreseen(request: Request, look: Look) -> list[Element]:
    return [*will_it_work(request, look), or_type(f"/check {request.label}", look)]


def _counted(bulk: Bulk, look: Look, *, goes: bool) -> str:
    """Return how many rows of the list have each verdict that lets them go, or keeps them."""
    found = [one for one in bulk.counts if (one[0] in GOES) is goes]
    return " · ".join(verdict_words.counted(verdict, number, look) for verdict, number in found)


def _left_out(bulk: Bulk, look: Look) -> str:
    named, rest = bulk.left_out[:_MOST_NAMED], len(bulk.left_out) - _MOST_NAMED
    more = [look.count("1 other", "{number} others", rest)] if rest > 0 else []
    return both([*named, *more], look)


def _deciding(request: Request, look: Look) -> Element:
    typed = {
        "approve": command(f"/approve {request.label}", look),
        "deny": command(f"/deny {request.label}", look),
        "ask": command(f"/ask {request.label}", look),
    }
    bulk = _bulk(request)
    if not bulk.domains[1:]:  # without one nothing would be left
        return small_print(
            look.say("Or type {approve}, {deny} and your justification, or {ask} and your question.", **typed)
        )
    out = domain_to_tell(request) if of_some(request) else bulk.domains[-1][0]
    less = command(f"/approve {request.label} except {out}", look)
    return small_print(
        look.say(
            "Or type {approve}, {less}, {deny} and your justification, or {ask} and your question.",
            less=less,
            **typed,
        )
    )


def _deciding_buttons(request: Request, look: Look) -> list[Action]:
    approve = approve_button(request, look.say_as("button", "Approve all"))
    asks = [] if open_question(request) else [ask_button(request, look)]
    return [approve, *_except_button(request, look), deny_button(request, look), *asks]


def _except_button(request: Request, look: Look) -> list[Action]:
    """Return the choice of domains that are left out, where anything would be left."""
    bulk = _bulk(request)
    if not bulk.domains[1:]:  # without one nothing would be left
        return []
    offered = bulk.domains[:_MOST_OFFERED]
    choices = [(f"{domain} ({number})", domain) for domain, number in offered]
    field = InputChoice(
        DOMAINS,
        look.say("Leave out"),
        choices,
        several=True,
        isRequired=True,
        errorMessage=look.say("Choose what is left out."),
    )
    sends = Execute(
        look.say_as("button", "Approve the rest"), "approval.except", data_of(request), style="positive"
    )
    title = look.say_as("button", "Approve except …")
    return [ShowCard(title, [field], sends, text=title, style=None)]


def _bulk(request: Request) -> Bulk:
    assert request.bulk is not None
    return request.bulk
