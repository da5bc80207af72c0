"""A protection as each sees it: everybody in the thread, whoever asked, and the security admins."""

from dataclasses import replace

from access.rules import guarding, jobs
from access.rules.guard_plans import drafts_of
from access.rules.guards import Guard, GuardAct, GuardState
from access.rules.model import JobStatus, Record, Request, State, StepKind
from access.rules.stages import may_press, panels_of
from access.rules.standing import open_question
from cards import anatomy, guard_words, own, portal, steps
from cards.anatomy import DONE, FAILED, NOTHING, WAITING, WORKING, Strip, command, data_of, small_print
from cards.approval import approve_button, deny_button
from cards.cause_words import RETRY
from cards.causes import advice
from cards.elements import Action, CardJson, Element, Execute, ShowCard
from cards.look import Look
from cards.questions import ask_button, asked_and_answered
from cards.state import approver_fact, strip_of
from cards.words import deed, spoken

_SYMBOLS = {
    JobStatus.DONE: DONE,
    JobStatus.FAILED: FAILED,
    JobStatus.DROPPED: NOTHING,
    JobStatus.READY: WORKING,
}


def draw(record: Record, audience: str, look: Look) -> CardJson:
    """Draw for `thread`, `requestor` or `approver/OBJECT-ID`; only the two last have buttons."""
    request, person = record.request, jobs.approver_of(audience)
    guard, private = _guard(request), audience != jobs.THREAD
    may = person is not None and may_press(request, person)
    decide = [*guard.asked, *(one for panel in panels_of(request) for one in panel.seats)]
    secures = person in {one.object_id for one in decide}
    strip = strip_of(record, look, person if may else None)
    body: list[Element] = [*anatomy.request_header(request, look), anatomy.strip(strip)]
    body.append(anatomy.facts(_facts(request, guard, look)))
    waits = request.state is State.PENDING_APPROVAL
    if private and waits:
        body += [*asked_and_answered(request, look), *_foreseen(guard, look)]
    body += _outcome(record, guard, look, private=private)
    if private and guard.state is not GuardState.REMOVED:
        stuck = _is_stuck(request, guard)
        body += guard_words.exact(drafts_of(guard), look, shown=stuck, whole=secures)
        page = portal.link(look.say("Open Conditional Access in the portal"), portal.conditional_access())
        body.append(page)
    actions: list[Action] = []
    if may:
        body.append(_deciding(request, look))
        actions = _deciding_buttons(request, look)
    elif audience == jobs.REQUESTOR and waits:
        body.append(own.typed(request, look))
        actions = own.buttons(request, look)
    elif private and request.state is State.DELIVERY_FAILED and guard.doing is None:
        body.append(_typed(request, [GuardAct.REMOVE], look, command(f"/retry {request.label}", look)))
        again = look.say_as("button", "Try again")
        actions = [Execute(again, "delivery.retry", data_of(request), style="positive")]
        actions.append(_button(GuardAct.REMOVE, request, look))
    elif private and (acts := _acts(guard, secures=secures)):
        body.append(_typed(request, acts, look))
        actions = [_button(one, request, look) for one in acts]
    verb = "approval.view" if person else "request.view"
    refresh = (verb, {"request": request.request_id})
    return anatomy.card(look, _summary(record, look, strip, may=may), body, actions, refresh=refresh)


def undecided(
    request: Request, strip: Strip, changes: list[Element], look: Look, *, may_work: bool
) -> CardJson:
    """Draw for a security admin whose press decided nothing: what stands against it, and the request."""
    guard = _guard(request)
    body: list[Element] = [*anatomy.request_header(request, look), anatomy.strip(strip), *changes]
    body += [anatomy.facts(_facts(request, guard, look)), *_foreseen(guard, look), _deciding(request, look)]
    actions: list[Action] = [deny_button(request, look)]
    if may_work:
        actions.insert(0, approve_button(request, look.say_as("button", "Approve as shown")))
    return anatomy.card(look, anatomy.aloud(strip, look, request), body, actions)


def _summary(record: Record, look: Look, strip: Strip, *, may: bool) -> str:
    request = record.request
    said = anatomy.aloud(strip, look, request)
    if not may:
        return said
    about = {"requestor": request.requestor.name, "label": request.label, "deed": deed(request, look)}
    asks = look.say("{requestor} asks you to approve {label}: {deed}.", **about)
    to_do = look.say(
        "Type {approve}, or {deny} and your justification.",
        approve=look.typed(f"/approve {request.label}"),
        deny=look.typed(f"/deny {request.label}"),
    )
    return spoken(f"{asks} {to_do}")


def _facts(request: Request, guard: Guard, look: Look) -> list[tuple[str, str]]:
    asked_by = (look.say_as("fact", "Requestor"), request.requestor.name)
    return [*guard_words.facts(guard, look), asked_by, *approver_fact(request, look)]


def _foreseen(guard: Guard, look: Look) -> list[Element]:
    """Return what was foreseen when it was asked for; of enforcing it is foreseen anew."""
    title = look.say("Once enforced, as foreseen when it was asked for")
    days = guard.watch_days
    then = look.count(
        "An approval has it made so that it only reports, for 1 day; enforcing needs another press.",
        "An approval has it made so that it only reports, for {number} days; enforcing needs another press.",
        days,
    )
    return [
        anatomy.label(title),
        *guard_words.sums(guard.sums, guard.scope, look),
        *guard_words.defaults(guard, look),
        anatomy.text(then, spacing="Small"),
    ]


def _outcome(record: Record, guard: Guard, look: Look, *, private: bool) -> list[Element]:
    """Return what stands in its way, and its steps while they are done."""
    request, shown = record.request, list[Element]()
    cause, step = "", ""
    if guard.failure is not None:
        cause, step = guard.failure.cause, guard.failure.step
    elif request.failure is not None:
        cause, step = request.failure.cause, request.failure.step
    if cause:
        words = advice(cause, request, look, StepKind(step))
        if guard.failure is not None:  # of an act, which is pressed or typed once more: nothing is retried
            words = replace(words, to_do=tuple(one for one in words.to_do if one != look.say(RETRY)))
        shown += anatomy.advice(words, look, with_to_do=private)
    if request.state is State.DELIVERING or guard.doing is not None or cause:
        shown.append(anatomy.label(look.say("Steps")))
        for job in guarding.steps_of(record):
            tone = _SYMBOLS.get(job.status, WAITING)
            shown.append(anatomy.row(tone.symbol, steps.step(StepKind(job.name), request, look)))
    return shown


def _is_stuck(request: Request, guard: Guard) -> bool:
    return request.state is State.DELIVERY_FAILED or guard.failure is not None


def _acts(guard: Guard, *, secures: bool) -> list[GuardAct]:
    """Return what may be had done now; whether somebody may is found out at the press."""
    if guard.doing is not None or guard.state in {None, GuardState.REMOVED}:
        return []
    if guard.state in {GuardState.ENFORCED, GuardState.PARTLY}:
        return [GuardAct.WATCH, GuardAct.REMOVE] if secures else []
    return [*([GuardAct.ENFORCE] if secures else []), GuardAct.KEEP, GuardAct.REMOVE]


def _typed(request: Request, acts: list[GuardAct], look: Look, *before: str) -> Element:
    lines = [*before]
    lines += [command(f"/protect {request.label} {one}", look) for one in acts]
    if len(lines) == 1:
        return small_print(look.say("Or type {command}.", command=lines[0]))
    *others, last = lines
    return small_print(look.say("Or type {others} or {last}.", others=", ".join(others), last=last))


def _button(act: GuardAct, request: Request, look: Look) -> Action:
    data = {"request": request.request_id}
    match act:
        case GuardAct.ENFORCE:
            return Execute(look.say_as("button", "Enforce"), "protect.foresee", data, style="positive")
        case GuardAct.KEEP:
            return Execute(look.say_as("button", "Keep watching"), "protect.keep", data)
        case GuardAct.WATCH:
            return Execute(look.say_as("button", "Only report again"), "protect.watch", data)
        case GuardAct.REMOVE:
            title = look.say_as("button", "Remove")
            lost = look.say("Its policies are deleted, unless somebody has changed one by hand.")
            sure = Execute(
                look.say_as("button", "Remove policies"), "protect.remove", data, style="destructive"
            )
            return ShowCard(title, [anatomy.text(lost)], sure, text=lost, style="destructive")


def _deciding(request: Request, look: Look) -> Element:
    typed = {
        "approve": command(f"/approve {request.label}", look),
        "deny": command(f"/deny {request.label}", look),
        "ask": command(f"/ask {request.label}", look),
    }
    return small_print(
        look.say("Or type {approve}, {deny} and your justification, or {ask} and your question.", **typed)
    )


def _deciding_buttons(request: Request, look: Look) -> list[Action]:
    approve = approve_button(request, look.say_as("button", "Approve"))
    asks = [] if open_question(request) else [ask_button(request, look)]
    return [approve, deny_button(request, look), *asks]


def _guard(request: Request) -> Guard:
    assert request.guard is not None
    return request.guard
