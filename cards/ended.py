"""The end of an access in words: why it ends, what is left of it, and why an end stands still."""

from access.rules.accounts import RESTORABLE
from access.rules.model import (
    Assignment,
    AssignmentState,
    EndCause,
    Left,
    Request,
    State,
    StepKind,
)
from access.rules.renewing import NO_END, endless
from cards import anatomy, staying
from cards.anatomy import DONE, FAILED, LOOK_AT, NOTHING, WORKING, Strip, Tone, data_of
from cards.cause_words import Advice
from cards.causes import advice
from cards.elements import ButtonStyle, Element, Execute, ShowCard
from cards.look import Look
from cards.texts import marked
from cards.words import day, first, spoken, when

_SHORT = {
    AssignmentState.ACTIVE: (DONE, marked("Delivered")),
    AssignmentState.ENDING: (WORKING, marked("Ending")),
    AssignmentState.ENDED: (NOTHING, marked("Ended")),
    AssignmentState.RETURNING: (WORKING, marked("Given again")),
    AssignmentState.SUSPENDED: (NOTHING, marked("Guest deleted")),
}


_OVER = frozenset(AssignmentState) - {AssignmentState.ACTIVE, AssignmentState.LENGTHENS}


def ends_or_ended(request: Request) -> Assignment | None:
    """Return the assignment of a request whose access ends or has ended."""
    given = request.assignment
    return given if given is not None and given.state in _OVER else None


def is_active(request: Request) -> bool:
    return request.assignment is not None and request.assignment.state is AssignmentState.ACTIVE


def is_returning(request: Request) -> bool:
    return request.assignment is not None and request.assignment.state is AssignmentState.RETURNING


def stands_still(request: Request) -> bool:
    """Tell whether an end waits for somebody to have it taken up again."""
    return request.assignment is not None and request.assignment.failure is not None


def short(given: Assignment) -> tuple[Tone, str]:
    if given.failure is not None and given.failure.step == StepKind.UNSPONSOR:
        return LOOK_AT, marked("Sponsor not taken off")
    if given.failure is not None:
        again = given.state is AssignmentState.RETURNING
        return FAILED, marked("Not given again") if again else marked("Not ended")
    if _is_undone(given):
        return NOTHING, marked("Undone")
    if given.left is Left.NEVER_GIVEN:
        return NOTHING, marked("Given up")
    return _SHORT[given.state]


def strip(request: Request, given: Assignment, waits: tuple[str, ...], look: Look) -> Strip:
    """Return the strip of an access that ends or has ended; `waits` says what an end waits for."""
    if given.state is AssignmentState.RETURNING:
        return _returning(request, given, waits, look)
    guest, app = first(request.guest_name, look), request.app.name
    said = why_ended(request, look)
    if request.extends:
        return _shortened(given, (*said, *waits), look)
    if given.failure is not None and given.failure.step == StepKind.UNSPONSOR:
        said = (*said, _left(request, given, look), staying.sponsor_left(request, look))
        return Strip(LOOK_AT, look.say("Undone but for the sponsor"), said)
    if given.failure is not None:
        has = look.say("{guest} may still have access to {app}.", guest=guest, app=app)
        return Strip(FAILED, look.say("The access could not be taken away"), (*said, has))
    if given.state is AssignmentState.SUSPENDED:
        return Strip(NOTHING, look.say("The guest was deleted"), (suspended(request, given, look),))
    if given.state is AssignmentState.ENDING:
        return Strip(WORKING, look.say("The access is being taken away"), (*said, *waits))
    tone = LOOK_AT if given.left in {Left.WAS_THERE, Left.STILL_NEEDED} else NOTHING
    return Strip(tone, look.say(short(given)[1]), (*said, _left(request, given, look)))


def _is_undone(given: Assignment) -> bool:
    return given.state is AssignmentState.ENDED and given.end is not None and given.end.why is EndCause.UNDONE


def _returning(request: Request, given: Assignment, waits: tuple[str, ...], look: Look) -> Strip:
    """Return the strip of an access that was taken away, and that somebody has given again."""
    guest, app, back = first(request.guest_name, look), request.app.name, given.returned
    why = look.say(
        "{who} undid its end on {when}.",
        who=back.by.name if back else "",
        when=when(back.at if back else request.changed_at, look, request.changed_at),
    )
    if given.failure is None:
        return Strip(WORKING, look.say("The access is being given again"), (why, *waits))
    has = look.say("It is not proved that {guest} has {app} again.", guest=guest, app=app)
    return Strip(FAILED, look.say("The access was not given again"), (why, has))


def _shortened(given: Assignment, why: tuple[str, ...], look: Look) -> Strip:
    """Return the strip of a renewal that is undone."""
    if given.failure is not None:
        return Strip(FAILED, look.say("The renewal could not be undone"), why)
    if given.state is AssignmentState.ENDING:
        return Strip(WORKING, look.say("The renewal is being undone"), why)
    if given.left is Left.STILL_NEEDED:
        moved = look.say("The access has ended or was renewed again meanwhile, so its end stays.")
        return Strip(LOOK_AT, look.say("Undone"), (*why, moved))
    back = look.say("The access ends when it did before the renewal.")
    return Strip(NOTHING, look.say("Undone"), (*why, back))


def suspended(request: Request, given: Assignment, look: Look) -> str:
    """Return that the guest's account is deleted, by which request, and until when the access can come back.

    The day is named, as this may be read after it.
    """
    deleted_at = given.halted.at if given.halted else request.changed_at
    last = (deleted_at + RESTORABLE).astimezone(look.zone).date()
    return look.say(
        "{label} deleted the account on {when}. Whoever restores the guest by {day} restores this "
        "access, with the end that it had.",
        label=given.halted.label if given.halted else "",
        when=when(deleted_at, look, request.changed_at),
        day=day(last, look),
    )


def halted(request: Request, look: Look) -> tuple[str, ...]:
    """Return that the guest's account is blocked, where a removal from the directory has begun."""
    given = request.assignment
    if given is None or given.halted is None or given.state is not AssignmentState.ACTIVE:
        return ()
    blocked = look.say(
        "{label} has blocked the guest's account, which is going to be deleted.", label=given.halted.label
    )
    return (blocked,)


def cause(request: Request, look: Look, *, with_to_do: bool) -> list[Element]:
    """Return why an end stands still and, for those who can do something, what to do."""
    given = request.assignment
    if given is None or given.failure is None:
        return []
    words: Advice = advice(given.failure.cause, request, look, StepKind(given.failure.step))
    return anatomy.advice(words, look, with_to_do=with_to_do)


def give_up_button(request: Request, look: Look) -> ShowCard:
    """Return the button that says what giving a failed delivery up means, and then gives it up."""
    said = look.say(
        "Nobody can retry it then, and {guest} gets no access by it. An account that it made stays. "
        "To ask again, send a new request.",
        guest=first(request.guest_name, look),
    )
    title = look.say_as("button", "Give the delivery up")
    give_up = Execute(title, "assignment.remove", data_of(request), style="destructive")
    return ShowCard(
        look.say_as("button", "Give up"),
        [anatomy.text(said)],
        give_up,
        text=spoken(said),
        style="destructive",
    )


def remove_button(request: Request, look: Look) -> ShowCard:
    """Return the button that says what is lost and what stays, and then removes the access."""
    guest, app = first(request.guest_name, look), request.app.name
    given = request.assignment
    if given is not None and given.was_there:
        said = look.say(
            "{guest} had this access to {app} before the request and keeps it.", guest=guest, app=app
        )
    else:
        said = look.say(
            "{guest} loses this access to {app} now. The account and other accesses stay.",
            guest=guest,
            app=app,
        )
    again = look.say("To give it again, send a new request.")
    title = look.say_as("button", "Remove the access")
    remove = Execute(title, "assignment.remove", data_of(request), style="destructive")
    text = f"{said} {again}"
    return ShowCard(
        look.say_as("button", "Remove access"),
        [anatomy.text(text)],
        remove,
        text=spoken(text),
        style="destructive",
    )


def can_be_renewed(request: Request) -> bool:
    """Tell whether an access has an end that can move, or may get one."""
    given = request.assignment
    if given is None or not is_active(request) or given.halted is not None:
        return False
    return request.ends_at is not None or endless(request)


def renew_button(request: Request, look: Look, style: ButtonStyle | None = None) -> list[Execute]:
    """Return the button by which the same is asked for again, or an adopted access gets its first end.

    The end is on it, so that a press that comes twice, or late, is known.
    """
    if not can_be_renewed(request):
        return []
    ends = request.ends_at.isoformat() if request.ends_at else NO_END
    title = look.say_as("button", "Renew") if request.ends_at else look.say_as("button", "Set an end")
    data = {"request": request.request_id, "ends": ends}
    return [Execute(title, "renewal.renew", data, style=style)]


def why_ended(request: Request, look: Look) -> tuple[str, ...]:
    """Return why an access ends or has ended."""
    end = request.assignment.end if request.assignment else None
    if end is None:
        return ()
    at = when(end.at, look, request.changed_at)
    if end.why is EndCause.UNDONE and end.by is not None:
        return (look.say("{who} undid it on {when}.", who=end.by.name, when=at),)
    if end.why is EndCause.REMOVED and end.by is not None and end.rule:
        return (look.say("{who} asked for it anew with {label}.", who=end.by.name, label=end.rule),)
    if end.why is EndCause.REMOVED and end.by is not None and _gave_nothing(request):
        return (look.say("{who} gave the delivery up on {when}.", who=end.by.name, when=at),)
    if end.why is EndCause.REMOVED and end.by is not None:
        return (look.say("{who} removed the access on {when}.", who=end.by.name, when=at),)
    if said := _by_policy(end.why, look):
        return (said,)
    return (look.say("Its term was over on {when}.", when=at),)


def _gave_nothing(request: Request) -> bool:
    """Tell whether a delivery was given up that had failed before it gave anything."""
    left = request.assignment.left if request.assignment else None
    return request.state is State.CANCELED and left in {Left.NEVER_GIVEN, Left.WAS_THERE}


def _by_policy(why: EndCause, look: Look) -> str:
    """Return why the policy ended an access; nothing where something else did."""
    match why:
        case EndCause.NEVER_ACCEPTED:
            return look.say("The invitation was not accepted, and the policy ends such an access.")
        case EndCause.INACTIVE:
            return look.say("The guest no longer signed in, and the policy ends such an access.")
        case EndCause.SPONSORLESS:
            return look.say("The guest had no sponsor any more, and the policy ends such an access.")
        case EndCause.TERM | EndCause.REMOVED | EndCause.UNDONE:
            return ""


def _left(request: Request, given: Assignment, look: Look) -> str:
    guest, app = first(request.guest_name, look), request.app.name
    match given.left:
        case Left.WAS_THERE:
            return look.say(
                "{guest} had this access to {app} before the request, so it was left as it was.",
                guest=guest,
                app=app,
            )
        case Left.NEVER_GIVEN:
            return look.say("The delivery had not given {guest} any access to {app}.", guest=guest, app=app)
        case Left.STILL_NEEDED:
            return look.say(
                "Another request for {guest} needs the same access, so it stays until that one ends.",
                guest=guest,
            )
        case Left.GUEST_GONE if given.end is None:  # it ended with the account alone
            return look.say("{guest} is gone for good: nobody restored the account in time.", guest=guest)
        case Left.GUEST_GONE:
            return look.say(
                "The directory no longer has {guest}. Whoever restores the account restores the access.",
                guest=guest,
            )
        case _:
            return look.say(
                "{guest} no longer has this access to {app}, as read back from the directory.",
                guest=guest,
                app=app,
            )
