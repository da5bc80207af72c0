"""A set-up as each sees it: everybody in the thread, whoever asked, and the admins who decide."""

from access.rules import jobs
from access.rules.model import Record, Request, Setup, State, StepKind
from access.rules.setup_plans import OPENS, OWNED_BY
from access.rules.stages import may_press
from access.rules.standing import open_question
from cards import anatomy, own, portal, setup_state
from cards.anatomy import Strip, command, data_of, small_print
from cards.approval import approve_button, deny_button
from cards.causes import advice
from cards.elements import Action, CardJson, Element, Execute, RichTextBlock, ShowCard, TextRun
from cards.look import Look
from cards.questions import ask_button, asked_and_answered
from cards.state import approver_fact, strip_of
from cards.words import both, cleaned, deed, spoken


def draw(record: Record, audience: str, look: Look) -> CardJson:
    """Draw for `thread`, `requestor` or `approver/OBJECT-ID`; only the two last have buttons."""
    request, person = record.request, jobs.approver_of(audience)
    may = person is not None and may_press(request, person)
    strip = strip_of(record, look, person if may else None)
    body: list[Element] = [*anatomy.request_header(request, look), anatomy.strip(strip)]
    body.append(anatomy.facts(_facts(request, look)))
    actions: list[Action] = []
    if audience != jobs.THREAD and request.state is State.PENDING_APPROVAL:
        body += asked_and_answered(request, look)
        body += _after_approval(request, look)
    body += _outcome(record, look, private=audience != jobs.THREAD)
    if may:
        body.append(_deciding(request, look))
        actions = _deciding_buttons(request, look)
    elif audience == jobs.REQUESTOR and request.state is State.PENDING_APPROVAL:
        body.append(own.typed(request, look))
        actions = own.buttons(request, look)
    elif audience != jobs.THREAD and _can_check(request):
        typed = {"act": command(f"/retry {request.label}", look)}
        actions = [_check_button(request, look)]
        if request.failure is None:
            body.append(small_print(look.say("Or type {command}.", command=typed["act"])))
        else:
            typed["remove"] = command(f"/remove {request.label}", look)
            body.append(small_print(look.say("Or type {act}, or {remove} to give it up.", **typed)))
            actions.append(_give_up_button(request, look))
    verb = "approval.view" if person else "request.view"
    refresh = (verb, {"request": request.request_id})
    return anatomy.card(look, _summary(record, look, strip, may=may), body, actions, refresh=refresh)


def undecided(
    request: Request, strip: Strip, changes: list[Element], look: Look, *, may_work: bool
) -> CardJson:
    """Draw for an admin whose press decided nothing: what stands against it, and the request as it is."""
    body: list[Element] = [*anatomy.request_header(request, look), anatomy.strip(strip), *changes]
    body += [anatomy.facts(_facts(request, look)), *_after_approval(request, look), _deciding(request, look)]
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


def _facts(request: Request, look: Look) -> list[tuple[str, str]]:
    setup = _setup(request)
    kind = look.say_as("group", "there already") if setup.adopted else look.say_as("group", "new")
    return [
        (look.say_as("fact", "App"), request.app.name),
        (look.say_as("fact", "Group"), f"{setup.group_name} ({kind})"),
        (look.say_as("fact", "Owners"), both([one.name for one in setup.owners], look)),
        (look.say_as("fact", "Access"), setup_state.role_name(setup.role, look)),
        (look.say_as("fact", "Requestor"), request.requestor.name),
        *approver_fact(request, look),
    ]


def _after_approval(request: Request, look: Look) -> list[Element]:
    setup, steps = _setup(request), request.plan.steps if request.plan else ()
    shown: list[Element] = [anatomy.label(look.say("After an approval"))]
    shown += [
        anatomy.row(str(place), setup_state.step(kind, request.app.name, setup, look))
        for place, kind in enumerate(steps, start=1)
    ]
    shown += [anatomy.row(anatomy.LOOK_AT.symbol, words) for words in _consequences(request, look)]
    entry = look.say("Then an admin gets the entry for the policy file, which Guestlist does not change.")
    return [*shown, anatomy.text(entry, spacing="Small")]


def _consequences(request: Request, look: Look) -> list[str]:
    """Return what an approver might not think of: whom it shuts out, and what else the group opens."""
    plan, found = request.plan, list[str]()
    if plan is not None and (owners := plan.parts.get(OWNED_BY)):
        found.append(look.say("So far the group is owned by {owners}.", owners=owners))
    if plan is not None and (opens := int(plan.parts.get(OPENS, "0"))):
        more = look.count(
            "By this group its members have 1 other app too: its owners then say who is in it.",
            "By this group its members have {number} other apps too: its owners then say who is in it.",
            opens,
        )
        found.append(more)
    if plan is not None and StepKind.REQUIRE in plan.steps:
        shut = look.say(
            "From then on only who is assigned gets into {app}, of the staff too; no undo changes that.",
            app=request.app.name,
        )
        found.append(shut)
    return found


def _outcome(record: Record, look: Look, *, private: bool) -> list[Element]:
    """Return what has come of it; the entry of the policy and the pages are for those it concerns."""
    request, setup = record.request, _setup(record.request)
    shown: list[Element] = []
    if request.failure is not None:
        words = advice(request.failure.cause, request, look, request.failure.step)
        shown += anatomy.advice(words, look, with_to_do=private)
        shown += setup_state.left(request, setup, look) if private else []
    if request.state is State.DELIVERING or request.failure is not None:
        shown += [anatomy.label(look.say("Steps")), *setup_state.step_rows(record, look)]
    if request.state is State.DELIVERED and private:
        shown += _entry(setup, look) if setup.in_force_at is None and setup.gone_at is None else []
        shown += [anatomy.label(look.say("Two switches that no API sets"))]
        shown += portal.switches(request.app.object_id, look)
    return shown


def _entry(setup: Setup, look: Look) -> list[Element]:
    """Return the lines for the policy file, letter by letter."""
    lines = setup.entry.split("\n")
    where = (
        look.say("For the policy file")
        if len(lines) > 1
        else look.say("For the app's table in the policy file")
    )
    runs = [RichTextBlock([TextRun(cleaned(one), fontType="Monospace")], spacing="None") for one in lines]
    said = look.say("With the group, guests of this app need no AppRoleAssignment.ReadWrite.All.")
    return [anatomy.label(where), *runs, anatomy.text(said, spacing="Small")]


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


def _can_check(request: Request) -> bool:
    waits = request.state is State.DELIVERED and _setup(request).in_force_at is None
    return request.failure is not None or waits


def _check_button(request: Request, look: Look) -> Execute:
    title = look.say_as("button", "Check again")
    return Execute(title, "delivery.retry", data_of(request), style="positive")


def _give_up_button(request: Request, look: Look) -> ShowCard:
    said = look.say(
        "Nobody can take it up then, and another set-up of {app} can be asked for. What was done stays.",
        app=request.app.name,
    )
    title = look.say_as("button", "Give the set-up up")
    give_up = Execute(title, "assignment.remove", data_of(request), style="destructive")
    button = look.say_as("button", "Give up")
    return ShowCard(button, [anatomy.text(said)], give_up, text=said, style="destructive")


def _setup(request: Request) -> Setup:
    assert request.setup is not None
    return request.setup
