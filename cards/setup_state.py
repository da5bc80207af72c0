"""How far a set-up is, in words: its strip, its steps, and what is left to a person."""

from datetime import datetime

from access.rules import settingup
from access.rules.causes import Cause
from access.rules.model import (
    DEFAULT_ACCESS,
    AppRole,
    End,
    JobStatus,
    Record,
    Request,
    Setup,
    State,
    StepKind,
)
from cards import anatomy, portal
from cards.anatomy import DONE, FAILED, LOOK_AT, NOTHING, WAITING, WORKING, Strip
from cards.causes import advice
from cards.elements import Element
from cards.look import Look
from cards.words import both, cleaned, when

APPROVED = frozenset({State.DELIVERING, State.DELIVERED, State.DELIVERY_FAILED})
"""The states in which a set-up has a strip of its own."""
_LONGEST = 60
"""After how many letters a name is cut where several stand in a line or a list."""


def short(name: str) -> str:
    """Return a name as a list has room for it."""
    words = cleaned(name)
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST].rstrip()}…"


def strip(record: Record, look: Look) -> Strip:
    """Return the strip of a set-up that was approved."""
    request, setup = record.request, record.request.setup
    assert setup is not None
    if request.state is State.DELIVERING:
        return _setting_up(record, look)
    at = when(request.delivered_at or request.changed_at, look, request.changed_at)
    if request.state is State.DELIVERY_FAILED:
        return _stands_still(request, look)
    if setup.gone_at is not None:
        return _gone(request, setup.gone_at, look)
    proof = look.say("{when}, read back from the directory.", when=at)
    if setup.in_force_at is not None:
        now = look.say("The policy gives the group, so whoever is approved from now on joins it.")
        return Strip(DONE, look.say("Set up, and in force"), (proof, now))
    after = look.say(
        "Next: an admin writes the entry into the policy file, which Guestlist takes up by itself."
    )
    return Strip(LOOK_AT, look.say("Group ready, not in the policy yet"), (proof, after))


def _gone(request: Request, at: datetime, look: Look) -> Strip:
    lost = advice(Cause.GROUP_LOST, request, look)
    again = look.typed(f'/setup "{request.app.name}"')
    anew = look.say("Or ask for another with {command}.", command=again)
    seen = look.say("Seen on {when}.", when=when(at, look, request.changed_at))
    said = (f"{lost.cause} {seen}", f"{lost.to_do[0]} {anew}")
    return Strip(FAILED, look.say("The group is gone"), said)


def given_up(request: Request, end: End, look: Look) -> Strip:
    """Return the strip of a set-up that was given up after it failed."""
    who, at = end.by.name if end.by else "", when(end.at, look, request.changed_at)
    said = look.say("{who} gave it up on {when}. What was done stays.", who=who, when=at)
    return Strip(NOTHING, look.say("Given up"), (said,))


def _setting_up(record: Record, look: Look) -> Strip:
    request, steps = record.request, settingup.steps_of(record)
    done = sum(job.status is JobStatus.DONE for job in steps)
    state = look.say("Setting up: step {place} of {steps}", place=min(done + 1, len(steps)), steps=len(steps))
    if not request.waiting_for:
        return Strip(WORKING, state)
    waits = advice(request.waiting_for, request, look).cause
    return Strip(WORKING, state, (waits, look.say("Guestlist tries again by itself.")))


def _stands_still(request: Request, look: Look) -> Strip:
    failure = request.failure
    at = when(failure.at if failure else request.changed_at, look, request.changed_at)
    if failure is not None and failure.cause == Cause.BY_HAND:
        rest = look.say("{when}. Guestlist has done its part and lacks the permission for the rest.", when=at)
        return Strip(LOOK_AT, look.say("A person has to do the rest"), (rest,))
    stays = look.say("{when}. What was done stays, and is found again.", when=at)
    return Strip(FAILED, look.say("The set-up failed"), (stays,))


def left(request: Request, setup: Setup, look: Look) -> list[Element]:
    """Return what a person does, with the page for each; nothing where Guestlist did everything."""
    shown: list[Element] = []
    for name in setup.by_hand:
        shown.append(anatomy.row(LOOK_AT.symbol, to_do(StepKind(name), request.app.name, setup, look)))
        page = portal.by_hand(name, request.app.object_id, setup.group_id)
        shown.append(portal.link(_page(StepKind(name), look), page))
    return [anatomy.label(look.say("What to do in the portal")), *shown] if shown else []


def to_do(step: StepKind, app: str, setup: Setup, look: Look) -> str:
    """Return what a person does in the portal instead of Guestlist."""
    if step is StepKind.ASSIGN_GROUP:
        return look.say(
            "Add the group {group} to {app} with {role}.",
            group=setup.group_name,
            app=app,
            role=role_name(setup.role, look),
        )
    if step is StepKind.REQUIRE:
        return look.say("Set Assignment required of {app} to Yes.", app=app)
    names = both([short(one.name) for one in setup.owners], look)
    return look.say("Make {owners} owners of the group {group}.", owners=names, group=setup.group_name)


def _page(step: StepKind, look: Look) -> str:
    if step is StepKind.ASSIGN_GROUP:
        return look.say("Open Users and groups of the app")
    if step is StepKind.REQUIRE:
        return look.say("Open Properties of the app")
    return look.say("Open Owners of the group")


def step_rows(record: Record, look: Look) -> list[Element]:
    """Return the steps, each with its symbol."""
    request, setup = record.request, record.request.setup
    assert setup is not None
    shown: list[Element] = []
    for job in settingup.steps_of(record):
        words = step(StepKind(job.name), request.app.name, setup, look)
        if job.name in setup.by_hand:
            shown.append(anatomy.row(LOOK_AT.symbol, words, look.say_as("step", "by a person")))
        elif job.status is JobStatus.DONE:
            shown.append(anatomy.row(DONE.symbol, words, look.say_as("step", "done")))
        elif job.status is JobStatus.FAILED:
            shown.append(anatomy.row(FAILED.symbol, words, look.say_as("step", "not done")))
        elif job.status is JobStatus.READY:
            shown.append(anatomy.row(WORKING.symbol, words, look.say_as("step", "now")))
        else:
            mark = NOTHING if request.state is State.DELIVERY_FAILED else WAITING
            shown.append(anatomy.row(mark.symbol, words))
    return shown


def role_name(role: AppRole, look: Look) -> str:
    """Return what a group is assigned."""
    return (
        look.say("Default access")
        if role.role_id == DEFAULT_ACCESS
        else look.say("Role {role}", role=role.name)
    )


def step(kind: StepKind, app: str, setup: Setup, look: Look) -> str:
    """Return a step, verb first."""
    owners = both([short(one.name) for one in setup.owners], look)
    if kind is StepKind.MAKE_GROUP:
        return look.say("Make the group {group}, owned by {owners}", group=setup.group_name, owners=owners)
    if kind is StepKind.OWN_GROUP:
        return look.say("Let {owners} own the group {group}", group=setup.group_name, owners=owners)
    if kind is StepKind.ASSIGN_GROUP:
        return look.say(
            "Assign the group {group} to {app}, {role}",
            group=setup.group_name,
            app=app,
            role=role_name(setup.role, look),
        )
    if kind is StepKind.REQUIRE:
        return look.say("Let only those into {app} who are assigned", app=app)
    return look.say("Read back what was done")
