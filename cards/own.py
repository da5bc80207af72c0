"""What the requestor of a request of no single guest may do while it waits: answer, or cancel it."""

from access.rules.model import Request
from access.rules.standing import open_question
from cards import anatomy
from cards.anatomy import command, data_of, small_print
from cards.elements import Action, Element, Execute, ShowCard
from cards.look import Look
from cards.questions import answer_button, answering


def typed(request: Request, look: Look) -> Element:
    if open_question(request):
        return answering(request, look)
    cancel = command(f"/cancel {request.label}", look)
    return small_print(look.say("Or type {command}.", command=cancel))


def buttons(request: Request, look: Look) -> list[Action]:
    question = open_question(request)
    title = look.say_as("button", "Cancel request")
    lost = look.say(
        "Nobody can approve {label} any more. To ask again, send a new request.", label=request.label
    )
    cancel = ShowCard(
        look.say_as("button", "Cancel"),
        [anatomy.text(lost)],
        Execute(title, "request.cancel", data_of(request), style="destructive"),
        text=lost,
        style="destructive",
    )
    return [answer_button(request, question, look), cancel] if question else [cancel]
