"""A question that an approver asks back, and the requestor's answer: the request goes on waiting."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from access.rules import awaited, jobs, watch
from access.rules.authority import DecisionRefused, as_counted, as_of, has_changed, has_spoken, refusal
from access.rules.changing import entry, moved_by, on_behalf
from access.rules.deciding import tell_requestor
from access.rules.lifecycle import Event
from access.rules.model import (
    AuditFact,
    Change,
    Job,
    Json,
    Named,
    ObjectId,
    Panel,
    Question,
    Record,
    Request,
    State,
)
from access.rules.refusals import AlreadyDecided, NoQuestion, NotYours, QuestionOpen
from access.rules.stages import for_whom, panels_of, stage_now
from access.rules.standing import awaiting, going_on, open_question, stopped

AskRefused = DecisionRefused | QuestionOpen
AnswerRefused = NotYours | AlreadyDecided | NoQuestion


def ask(
    actor: Named, panels: tuple[Panel, ...], text: str, seen: int | None, rule: str = ""
) -> Callable[[Record, datetime], Change | AskRefused]:
    """Ask the requestor, if the actor may decide now; the time to decide stands still.

    `seen` is how many questions the pressed card knew: the same press again asks nothing twice.
    `rule` is the policy's text of this moment. Who may decide is stored as it was read, and whoever is new
    is asked; where that text has changed, the plan moves with the next approval, and they with it.
    """

    def transition(record: Record, now: datetime) -> Change | AskRefused:
        request = record.request
        counted = as_counted(request, actor, panels, rule)
        if refused := refusal(counted, actor, panels) or has_spoken(counted, actor, panels):
            return refused
        if _is_asked(request, actor.object_id, text, seen):
            return Change(request=request)
        if awaiting(as_of(request, rule), panels):
            return QuestionOpen(request)
        record = _without_question(record, now)
        request = record.request
        whom = for_whom(counted, panels, actor.object_id)
        ahead_of = request.plan.hash if request.plan and has_changed(request, rule) else ""
        question = Question(actor, text, now, for_whom=whom, ahead_of=ahead_of)
        before = request if ahead_of else _as_read(request, panels)
        asked = moved_by(before, Event.QUESTION_ASKED, now, questions=(*request.questions, question))
        notice = _notice(asked, f"{jobs.ASKED}{jobs.REQUESTOR}", now)
        rows = (*stopped(record), notice, awaited.begun(asked, now), *tell_requestor(record, asked, now))
        if before is not request:
            rows += (*jobs.approver_cards(asked, record.jobs, now), *watch.anew(asked, record.jobs, now))
        rows += jobs.show_again(record.jobs, asked, now)
        return Change(
            request=asked,
            jobs=tuple({row.key: row for row in rows}.values()),
            audit=(_fact(asked, "question.asked", actor.object_id),),
        )

    return transition


def answer(
    actor: ObjectId, text: str, seen: int | None
) -> Callable[[Record, datetime], Change | AnswerRefused]:
    """Answer the open question, which only the requestor may; the time to decide goes on.

    `seen` is the number of the question on the pressed card; what is typed answers the open one.
    """

    def transition(record: Record, now: datetime) -> Change | AnswerRefused:
        request = record.request
        if actor != request.requestor.object_id:
            return NotYours(request, (request.requestor,))
        if request.state is not State.PENDING_APPROVAL:
            return AlreadyDecided(request)
        question = open_question(request)
        if question is None or seen not in {None, len(request.questions)}:
            return Change(request=request) if _is_answered(request, text, seen) else NoQuestion(request)
        answered, again = going_on(record, request, now, text)
        answered = moved_by(answered, Event.ANSWERED, now)
        told = tuple(
            _notice(answered, f"{jobs.ANSWERED}{jobs.APPROVER}{one.object_id}", now)
            for one in awaiting(request)[:1]
        )
        return Change(
            request=answered,
            jobs=(*again, *told, *jobs.show_again(record.jobs, answered, now)),
            audit=(_fact(answered, "question.answered", actor),),
        )

    return transition


def _without_question(record: Record, now: datetime) -> Record:
    """Return the record as it goes on where nobody is to decide with the answer to its open question."""
    request, again = going_on(record, record.request, now)
    return replace(record, request=request, jobs={**record.jobs, **{row.key: row for row in again}})


def _as_read(request: Request, panels: tuple[Panel, ...]) -> Request:
    """Return the request with those who may decide as the press found them, where they are others."""
    if panels == panels_of(request):
        return request
    panel = panels[stage_now(request, panels) - 1]
    return replace(
        request,
        stages=panels,
        approvers=panel.approvers,
        fallback_used=panel.fallback_used,
        unreached=tuple(one for one in request.unreached if one in panel.approvers),
        ask_first=tuple(one for one in request.ask_first if one in panels[0].approvers),
    )


def _is_asked(request: Request, actor: ObjectId, text: str, seen: int | None) -> bool:
    """Tell whether the press of this very card has asked this already."""
    if seen is None or not 0 <= seen < len(request.questions):
        return False
    question = request.questions[seen]
    return (question.by.object_id, question.text) == (actor, text)


def _is_answered(request: Request, text: str, seen: int | None) -> bool:
    return (
        seen is not None and 0 < seen <= len(request.questions) and request.questions[seen - 1].answer == text
    )


def _notice(request: Request, audience: str, now: datetime) -> Job:
    """Return a message to one person, of which there is one for each question."""
    key = jobs.key_of(request.request_id, len(request.questions), audience)
    return replace(jobs.notice(request, audience, "", now), key=key)


def _fact(request: Request, what: str, actor: ObjectId) -> AuditFact:
    detail: dict[str, Json] = {"question": len(request.questions)}
    if what == "question.asked":
        detail |= on_behalf(request.questions[-1].for_whom)
    return entry(request, what, detail, actor)
