"""Why the state of a request does not allow an act, in words."""

from access.rules.bulk import Run
from access.rules.halfway import is_halfway
from access.rules.list_acts import is_over
from access.rules.model import Assignment, AssignmentState, Kind, Request, State
from access.rules.refusals import Field, Problem, ProblemCode
from access.rules.renewing import endless
from cards import ended, list_progress
from cards.guard_state import moved_on
from cards.look import Look
from cards.not_retried import give_up
from cards.problems import sentence
from cards.texts import marked

_NOT_POSSIBLE = {
    "retry": marked("Retry is for a delivery that has failed, and this one has not."),
    "amend": marked("There is nothing less that could be given instead."),
    "remove": marked("It has given no access that could be removed."),
    "keep": marked("Its access is not among those that may not be needed any more."),
    "restore": marked("It has removed no guest from the directory."),
    "norenew": marked("It has no access that could end."),
    "except": marked("Only of a list, which names many guests, can some be left out."),
    "cancel": marked("It is approved, so it cannot be canceled any more."),
    "file": marked("Only of a list, which names many guests, is there a file."),
}
_OF_LIST = {
    "amend": marked("A list becomes less by the domains that are left out: type {command}."),
    "remove": marked("Each guest of the list has a request, and is removed by its number."),
    "retry": marked(
        "Retry takes up what has failed of a list once its run is over. Each guest is retried by a number."
    ),
    "keep": marked("Each guest of the list has a request, and is kept by its number."),
    "norenew": marked("Each guest of the list has a request, by whose number the access ends."),
    "file": marked(
        "A list is kept for 30 days after the last day to decide it. These are over, and its rows are gone."
    ),
}
_ON_RUNS = frozenset({"pause", "resume", "stop"})
_NOT_NOW = marked("As it stands now, that cannot be done.")
_NOT_AGAIN = marked("Policy or directory do not let this guest have the access by now, so it is not given.")


def not_possible(request: Request, act: str, look: Look) -> str:
    """Return why the state of a request does not allow an act."""
    if request.bulk is not None and act in _OF_LIST:
        return look.say(_OF_LIST[act], command=look.typed(f"/approve {request.label} except fabrikam.com"))
    stops = act == "cancel" and request.bulk is not None and "stop" in list_progress.acts(request)
    if act in _ON_RUNS or stops:
        return _not_of_run(request, act, look, stops=stops)
    if act == "protect":
        return moved_on(request, look)
    if act == "remove" and (said := _not_removed(request, look)):
        return said
    if act == "retry" and ended.is_returning(request) and ended.stands_still(request):
        return look.say(_NOT_AGAIN)
    if act == "retry" and request.state is State.CANCELED and ended.ends_or_ended(request):
        why = " ".join(ended.why_ended(request, look))
        again = look.typed("/invite")
        return look.say(
            "{why} Its delivery is given up. Send it again with {command}.", why=why, command=again
        )
    kept = request.setup is not None or request.kind is Kind.REMOVE
    failed = kept and request.state is State.DELIVERY_FAILED
    if act == "cancel" and (failed or is_halfway(request)):
        way = look.typed(give_up(request))
        return look.say("Its delivery has failed. To give it up, type {command}.", command=way)
    if act == "norenew" and request.state is State.DELIVERY_FAILED:
        return sentence(Problem(Field.WHOLE, ProblemCode.ACCESS_FAILED, (request.label,)), look)
    if act == "norenew" and endless(request):
        line = look.typed(f"/extend {request.label} until 2027-03-31")
        return look.say("Its access has no end. To give it one, type {command}.", command=line)
    return look.say(_NOT_POSSIBLE.get(act, _NOT_NOW))


def _not_removed(request: Request, look: Look) -> str:
    """Return why there is no access to remove where that goes with the account; else nothing."""
    given = request.assignment
    if given is not None and given.state is AssignmentState.SUSPENDED:
        return _goes_with_account(request, given, look)
    if request.kind is Kind.REMOVE and request.state is not State.CANCELED:
        line = look.typed(f"/restore {request.label}")
        return look.say("To put the guest back, type {command}.", command=line)
    return ""


def _not_of_run(request: Request, act: str, look: Look, *, stops: bool) -> str:
    if stops:
        stop = look.typed(f"/stop {request.label}")
        return look.say("It is approved and runs. To end its run for good, type {command}.", command=stop)
    if request.bulk is None:
        return look.say("Only the run of a list can be paused, resumed or stopped.")
    if request.state is State.PENDING_APPROVAL:
        return look.say("It waits for approval, so nothing runs yet.")
    if request.state is not State.DELIVERING:
        return look.say("Nothing of it runs.")
    if act == "pause" and request.bulk.run is Run.RUNNING:
        if request.bulk.is_cut:
            return look.say("What is taken up again is begun, so a pause would keep nothing back.")
        return look.say("Every guest of it is begun, so a pause would keep nothing back.")
    if act == "resume" and is_over(request.bulk):
        return look.say(
            "The term that was asked for is over, so it cannot go on. To end it, type {command}.",
            command=look.typed(f"/stop {request.label}"),
        )
    stands = {
        Run.RUNNING: look.say("Its run goes on and is not paused."),
        Run.PAUSED: look.say("Its run is paused already."),
        Run.STOPPED: look.say("Its run was stopped for good."),
    }
    return stands[request.bulk.run]


def _goes_with_account(request: Request, given: Assignment, look: Look) -> str:
    """Return that the access is away with the guest's account, and how both come back."""
    label = given.halted.label if given.halted else request.label
    back = look.say("To put the guest back, type {command}.", command=look.typed(f"/restore {label}"))
    return f"{ended.suspended(request, given, look)} {back}"
