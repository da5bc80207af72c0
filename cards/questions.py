"""What an approver has asked back and what the requestor answered, for those two and the other approvers."""

from access.rules.model import Question, Request
from access.rules.standing import open_question
from cards import anatomy, words
from cards.anatomy import NOTHING, WAITING, Strip, command, data_of, small_print
from cards.elements import CardJson, Element, Execute, ShowCard
from cards.look import Look
from cards.words import first, spoken, when

_SHOWN = 3
"""The last so many; a card holds 28 KB."""


def asked_and_answered(request: Request, look: Look) -> list[Element]:
    """Return the last questions, each with its answer."""
    shown: list[Element] = []
    for question in request.questions[-_SHOWN:]:
        title = look.say("{name}'s question", name=first(question.by.name, look))
        shown += anatomy.prose(title, question.text, look)
        title = look.say("{name}'s answer", name=first(request.requestor.name, look))
        shown += anatomy.prose(title, question.answer, look)
    return shown


def ask_button(request: Request, look: Look) -> ShowCard:
    requestor = words.cleaned(request.requestor.name)
    data = {**data_of(request), "asked": str(len(request.questions))}
    return anatomy.written(
        look.say_as("button", "Ask a question"),
        "question",
        look.say("Question to {name}", name=requestor),
        look.say("Write a question. {name} answers it.", name=first(requestor, look)),
        Execute(look.say_as("button", "Send question"), "approval.ask", data, style="positive"),
    )


def answer_button(request: Request, question: Question, look: Look) -> ShowCard:
    data = {**data_of(request), "asked": str(len(request.questions))}
    return anatomy.written(
        look.say_as("button", "Answer"),
        "answer",
        look.say("Answer to {name}", name=words.cleaned(question.by.name)),
        look.say("Write an answer. All who decide read it."),
        Execute(look.say_as("button", "Send answer"), "request.answer", data, style="positive"),
        style="positive",
    )


def answering(request: Request, look: Look) -> Element:
    """Return what can be typed instead of the button."""
    said = look.say(
        "Or type {answer} and your answer, or {cancel}.",
        answer=command(f"/answer {request.label}", look),
        cancel=command(f"/cancel {request.label}", look),
    )
    return small_print(said)


def asked(request: Request, look: Look) -> CardJson:
    """Draw for the requestor that somebody asks; what is answered already asks no more."""
    question = open_question(request)
    if question is None:
        return _over(request, look)
    asker = words.acting(question.by, question.for_whom, look)
    who = {"asker": asker, "when": when(question.asked_at, look, request.changed_at)}
    stands = look.say("{asker} asked on {when}. Until you answer, the time to decide stands still.", **who)
    strip = Strip(WAITING, look.say("Waiting for your answer"), (stands,))
    body: list[Element] = [*anatomy.request_header(request, look), anatomy.strip(strip)]
    title = look.say("{name}'s question", name=first(question.by.name, look))
    body += [*anatomy.prose(title, question.text, look), answering(request, look)]
    to_do = look.say("Type {answer} and your answer.", answer=look.typed(f"/answer {request.label}"))
    said = spoken(f"{anatomy.aloud(strip, look, request)} {to_do}")
    return anatomy.card(look, said, body, [answer_button(request, question, look)])


def answered(request: Request, look: Look) -> CardJson:
    """Draw for whoever asked that there is an answer."""
    strip = Strip(WAITING, look.say("Your question is answered"), (_answer_of(request, look),))
    body: list[Element] = [*anatomy.request_header(request, look), anatomy.strip(strip)]
    body += asked_and_answered(request, look)
    show = Execute(look.say_as("button", "Show request"), "request.view", {"request": request.request_id})
    body.append(small_print(look.say("Or type {command}.", command=command(f"/show {request.label}", look))))
    return anatomy.card(look, anatomy.aloud(strip, look, request), body, [show])


def _answer_of(request: Request, look: Look) -> str:
    question = request.questions[-1]
    at = when(question.ended_at or question.asked_at, look, request.changed_at)
    closes = when(request.closes_at, look, request.changed_at)
    said = {"requestor": request.requestor.name, "when": at, "closes": closes}
    return look.say("{requestor} answered on {when}. The request now closes on {closes}.", **said)


def _over(request: Request, look: Look) -> CardJson:
    """Draw for the requestor a question that was over before it could be shown."""
    strip = Strip(NOTHING, look.say("No question waits for you"))
    body: list[Element] = [*anatomy.request_header(request, look), anatomy.strip(strip)]
    show = Execute(look.say_as("button", "Show request"), "request.view", {"request": request.request_id})
    body.append(small_print(look.say("Or type {command}.", command=command(f"/show {request.label}", look))))
    return anatomy.card(look, anatomy.aloud(strip, look, request), body, [show])
