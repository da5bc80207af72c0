"""Who decides on a request that waits: who has approved, how many more must, who is next, whom it misses."""

from collections.abc import Sequence
from typing import assert_never

from access.rules.jobs import asked
from access.rules.model import Named, ObjectId, Panel, Question, Request, WhyNot
from access.rules.refusals import (
    AlreadyApproved,
    NoQuestion,
    NotExcepted,
    NotInstead,
    NotLess,
    NotYet,
    QuestionOpen,
    TooFewApprovers,
)
from access.rules.stages import (
    approvals,
    deciding_now,
    panels_of,
    stage_now,
    still_needed,
    void,
)
from access.rules.standing import open_question
from access.rules.waiting import escalation_of
from cards.amending import NotAmended, amended, not_amended
from cards.anatomy import LOOK_AT, NOTHING, WAITING, Strip
from cards.look import Look
from cards.words import acting, both, either, first, when

NotNow = AlreadyApproved | NotYet | TooFewApprovers | QuestionOpen | NoQuestion | NotAmended


def waiting(request: Request, look: Look, you: ObjectId | None, also: Sequence[str] = ()) -> Strip:
    """Return who decides, who stands in for the usual approvers, and whom Guestlist cannot reach.

    `you` is an approver to whom the request speaks.
    """
    said = [
        *_not_waived(request, look),
        *amended(request, look),
        *_approved(request, look),
        decides(request, look, you),
        *_next(request, look),
    ]
    if request.fallback_used:
        said.append(_standing_in(request, look))
    said += _escalated(request, look)
    if (
        request.ask_first
        and asked(request) is request.ask_first
        and set(request.approvers) - set(request.ask_first)
    ):
        names = [one.name for one in request.ask_first]
        who = both(names, look)
        said.append(look.count("{who} is asked first.", "{who} are asked first.", len(names), who=who))
    if you:
        said += for_others(request, look, you)
    if request.unreached and you is None:
        said += _unreached(request, look)
    return Strip(WAITING, _state(request, look, you), (*said, *also))


def decides(request: Request, look: Look, you: ObjectId | None = None) -> str:
    """Return who decides and until when, `you` first; of several who must, how many more."""
    if question := open_question(request):
        return _asked_back(request, question, look)
    closes = when(request.closes_at, look, request.changed_at)
    open_to = deciding_now(request)
    panel = panels_of(request)[stage_now(request) - 1]
    others = [_decider(one, panel, look) for one in open_to if one.object_id != you]
    if not request.approvers:
        return look.say("Nobody decides by {when}.", when=closes)
    if panel.quorum > 1:
        return _needed(request, others, closes, look, you)
    if you is None:
        return look.say("{who} decides by {when}.", who=either(others, look), when=closes)
    if not others:
        return look.say("You decide by {when}.", when=closes)
    who = either([look.say_as("first of a list", "You"), *others], look)
    return look.say_as("you and others", "{who} decides by {when}.", who=who, when=closes)


def _asked_back(request: Request, question: Question, look: Look) -> str:
    return look.say(
        "{asker} asked {requestor} a question on {when}. Until it is answered, the time to decide stands "
        "still; approvers can decide without it.",
        asker=acting(question.by, question.for_whom, look),
        requestor=request.requestor.name,
        when=when(question.asked_at, look, request.changed_at),
    )


def _decider(one: Named, panel: Panel, look: Look) -> str:
    """Return who may decide, a delegate with whom they do it for."""
    whom = [seat.name for seat in panel.seats_of(one.object_id) if seat.object_id != one.object_id]
    return (
        look.say_as("who may decide", "{name} for {whom}", name=one.name, whom=both(whom, look))
        if whom
        else one.name
    )


def for_others(request: Request, look: Look, you: ObjectId) -> list[str]:
    """Return for whom `you` decide and until when, where that is not in your own right."""
    delegated = panels_of(request)[stage_now(request) - 1].delegated
    return [
        look.say(
            "You decide for {whom}, until {when}.",
            whom=one.for_whom.name,
            when=when(one.until, look, request.changed_at),
        )
        for one in delegated
        if one.by.object_id == you
    ]


def approvers_of(request: Request, look: Look, *, alone: bool = False) -> list[str]:
    """Return who has approved, each once, and for whom; `alone` as in `words.acting`."""
    given = {one.by.object_id: acting(one.by, one.for_whom, look, alone=alone) for one in approvals(request)}
    return list(given.values())


def needs_more(request: Request, look: Look) -> str:
    """Return what is missing, for somebody who has approved."""
    return " ".join([decides(request, look), *_next(request, look)])


def not_now(refusal: NotNow, changed_nothing: str, look: Look) -> Strip:
    """Return why an approver's act changed nothing, and what is needed."""
    request = refusal.request
    match refusal:
        case AlreadyApproved(spoken=None):
            return Strip(NOTHING, look.say("You have approved already"), (needs_more(request, look),))
        case AlreadyApproved():
            return _in_your_place(refusal, look)
        case NotYet():
            turn = look.say("You decide at stage {stage}.", stage=refusal.stage)
            return Strip(NOTHING, changed_nothing, (turn, needs_more(request, look)))
        case QuestionOpen():
            return Strip(NOTHING, changed_nothing, (decides(request, look),))
        case NoQuestion():
            none = look.say("No question waits for an answer, or not the one that you saw.")
            return Strip(NOTHING, changed_nothing, (none, decides(request, look)))
        case NotLess() | NotInstead() | NotExcepted():
            return Strip(NOTHING, changed_nothing, (not_amended(refusal, look),))
        case TooFewApprovers():
            return Strip(LOOK_AT, changed_nothing, _too_few(refusal, look))
        case _:
            assert_never(refusal)


def _in_your_place(refusal: AlreadyApproved, look: Look) -> Strip:
    review = refusal.spoken
    assert review is not None
    who = acting(review.by, review.for_whom, look)
    approved = look.count("{who} has approved.", "{who} have approved.", 1, who=who)
    once = look.say("An approver and the delegate count once.")
    return Strip(NOTHING, look.say("Approved already"), (approved, once, needs_more(refusal.request, look)))


def _too_few(refusal: TooFewApprovers, look: Look) -> tuple[str, ...]:
    needed = panels_of(refusal.request)[refusal.stage - 1].quorum
    said = look.count(
        "Stage {stage} needs {needed} approvals, and 1 person who may approve is missing.",
        "Stage {stage} needs {needed} approvals, and {number} people who may approve are missing.",
        refusal.lacks,
        stage=refusal.stage,
        needed=needed,
    )
    return said, look.say("Ask a tenant admin to name more approvers.")


def _state(request: Request, look: Look, you: ObjectId | None) -> str:
    stages, stage = len(panels_of(request)), stage_now(request)
    if open_question(request):
        return look.say("Waiting for an answer")
    if stages == 1:
        return look.say("Waiting for your decision") if you else look.say("Waiting for approval")
    place = {"stage": stage, "stages": stages}
    if you:
        return look.say("Waiting for you: stage {stage} of {stages}", **place)
    return look.say("Waiting for approval: stage {stage} of {stages}", **place)


def _needed(request: Request, others: list[str], closes: str, look: Look, you: ObjectId | None) -> str:
    more = still_needed(request)
    names = [look.say_as("within a list", "you"), *others] if you else others
    said = {"who": either(names, look), "when": closes}
    if approvals(request, stage_now(request)):
        return look.count(
            "1 more approval is needed by {when}: {who}.",
            "{number} more approvals are needed by {when}: {who}.",
            more,
            **said,
        )
    return look.count(
        "1 approval is needed by {when}: {who}.",
        "{number} approvals are needed by {when}: {who}.",
        more,
        **said,
    )


def _approved(request: Request, look: Look) -> list[str]:
    """Return who has approved, and whose approval counts no more."""
    said = []
    if names := approvers_of(request, look):
        who = both(names, look)
        said.append(look.count("{who} has approved.", "{who} have approved.", len(names), who=who))
    gone = dict.fromkeys(acting(one.by, one.for_whom, look) for one in void(request))
    if lost := [name for name in gone if name not in names]:
        who = both(lost, look)
        said.append(look.say("The plan has changed since {who} approved, so that counts no more.", who=who))
    return said


def _not_waived(request: Request, look: Look) -> list[str]:
    """Return why people decide on what a waiver would have approved."""
    full = request.not_waived
    if full is None:
        return []
    if full.why is WhyNot.RESTORED:
        return [
            look.count(
                "Not automatic: the database was restored or moved within the last day, so nobody knows how"
                " often the waiver {waiver} was used.",
                "Not automatic: the database was restored or moved within the last {number} days, so nobody"
                " knows how often the waiver {waiver} was used.",
                full.days,
                waiver=full.waiver,
            )
        ]
    return [
        look.count(
            "Not automatic: the waiver {waiver} holds for {most} requests at most within 1 day.",
            "Not automatic: the waiver {waiver} holds for {most} requests at most within {number} days.",
            full.days,
            waiver=full.waiver,
            most=full.most,
        )
    ]


def _next(request: Request, look: Look) -> list[str]:
    """Return who decides after the present stage."""
    panels, stage = panels_of(request), stage_now(request)
    if stage == len(panels):
        return []
    panel = panels[stage]
    who = either([_decider(one, panel, look) for one in panel.asked], look)
    if panel.quorum == 1:
        return [look.say("Then {who} decides.", who=who)]
    return [look.say("Then {number} approvals are needed: {who}.", number=panel.quorum, who=who)]


def _standing_in(request: Request, look: Look) -> str:
    if panels_of(request)[stage_now(request) - 1].quorum > 1:
        return look.say("Too few usual approvers are left, so the fallback approvers decide with them.")
    return look.say("No usual approver is left, so the fallback approvers decide.")


def _escalated(request: Request, look: Look) -> list[str]:
    """Return that the present stage waited too long, and who was called in."""
    found = escalation_of(request, stage_now(request))
    if found is None:
        return []
    at = when(found.at, look, request.changed_at)
    if not found.to:
        said = look.say("It was to be escalated on {when}, but no escalation approver is left.", when=at)
        return [said, look.say("Ask a tenant admin to name more approvers.")]
    return [
        look.say(
            "It was escalated to {who} on {when}.", who=both([one.name for one in found.to], look), when=at
        )
    ]


def _unreached(request: Request, look: Look) -> list[str]:
    missed, typed = [one.name for one in request.unreached], look.typed(f"/approve {request.label}")
    said = [look.say("Guestlist cannot message {people}.", people=both(missed, look))]
    if len(missed) > 1 and look.shared:
        return [*said, look.say("Each can type {command} here.", command=typed)]
    if len(missed) > 1:
        return [*said, look.say("Each can type {command} to Guestlist.", command=typed)]
    who = first(missed[0], look)
    if look.shared:
        return [*said, look.say("{who} can type {command} here.", who=who, command=typed)]
    return [*said, look.say("{who} can type {command} to Guestlist.", who=who, command=typed)]
