"""Giving less than was asked: the button and its two fields, what came of it, and why nothing did."""

from collections.abc import Mapping

from access.rules.model import Json, Request
from access.rules.refusals import NotExcepted, NotInstead, NotLess, Obstacle
from cards import words
from cards.anatomy import data_of
from cards.elements import Element, Execute, InputChoice, InputText, ShowCard
from cards.look import Look
from cards.texts import marked
from cards.words import acting, for_term, when

_LONGEST_TERM = 40
_MOST_OFFERED = 20
"""A card holds 28 KB; whatever is less can be typed."""
NotAmended = NotLess | NotInstead | NotExcepted
_MOST_NAMED = 5


def amend_button(request: Request, look: Look) -> ShowCard:
    """Return the field for a shorter term, and the choice of a lesser access where the policy has any."""
    if request.lesser:
        return _give_less(request, look)
    label = look.say("Less than {term}, such as 30d or until 2027-03-31", term=for_term(request.term, look))
    missing = look.say("Write a shorter term.")
    field = InputText("term", label, maxLength=_LONGEST_TERM, isRequired=True, errorMessage=missing)
    title = look.say_as("button", "Shorten the term")
    sends = Execute(look.say_as("button", "Shorten"), "approval.amend", data_of(request), style="positive")
    return ShowCard(title, [field], sends, text=title, style=None)


def _give_less(request: Request, look: Look) -> ShowCard:
    asked = look.say("As asked: {access}", access=words.access(request.give, look))
    offered = request.lesser[-_MOST_OFFERED:]
    choices = [(asked, request.give.key), *((words.access(one, look), one.key) for one in offered)]
    fields: list[Element] = [
        InputChoice(
            "access",
            look.say_as("fact", "Access"),
            choices,
            value=request.give.key,
            isRequired=True,
            errorMessage=look.say("Choose the access."),
        ),
        InputText(
            "term",
            look.say("Shorter term, such as 30d (optional)"),
            maxLength=_LONGEST_TERM,
        ),
    ]
    title = look.say_as("button", "Give less")
    sends = Execute(
        look.say_as("button", "Change request"), "approval.amend", data_of(request), style="positive"
    )
    return ShowCard(title, fields, sends, text=title, style=None)


def amend_line(request: Request) -> str:
    """Return what can be typed instead of the button."""
    if not request.lesser:
        return f"/amend {request.label} for 30d"
    name = request.lesser[-1].name
    spelt = name if name.isalnum() else f'"{name}"'
    return f"/amend {request.label} as {spelt}"


def amended(request: Request, look: Look) -> list[str]:
    """Return who last made it less, and what it was before."""
    if not request.amendments:
        return []
    last = request.amendments[-1]
    about = {"who": acting(last.by, last.for_whom, look), "when": when(last.at, look, request.changed_at)}
    if last.left_out:
        names = [*last.left_out[:_MOST_NAMED], *(["…"] if len(last.left_out) > _MOST_NAMED else [])]
        return [look.say("{who} left out {domains} on {when}.", domains=words.both(names, look), **about)]
    if last.was_give is None:
        about |= {"now": for_term(request.term, look), "was": for_term(last.was, look)}
        return [look.say("{who} shortened the term on {when}: {now}, and no longer {was}.", **about)]
    about |= {"now": words.access(request.give, look), "was": words.access(last.was_give, look)}
    if last.was == request.term:
        return [look.say("{who} gave less on {when}: {now}, and no longer {was}.", **about)]
    about |= {"short": for_term(request.term, look), "long": for_term(last.was, look)}
    return [look.say("{who} gave less on {when}: {now} {short}, and no longer {was} {long}.", **about)]


def _not_less(refusal: NotLess, look: Look) -> str:
    request = refusal.request
    if refusal.access is None:
        return look.say(
            "The new term has to end before the present one, which is {term}.",
            term=for_term(request.term, look),
        )
    about = {"access": words.access(request.give, look)}
    if not refusal.lesser:
        return look.say("Of {access} the policy names nothing that is less.", access=about["access"])
    lesser = words.either(refusal.lesser, look)
    if not refusal.access:
        return look.say("Choose less than {access}: {lesser}. Or a shorter term.", lesser=lesser, **about)
    return look.say(
        "{wanted} is not less than {access}. What is less: {lesser}.",
        lesser=lesser,
        wanted=refusal.access,
        **about,
    )


_OBSTACLES: Mapping[Obstacle, str] = {
    Obstacle.TERM_TOO_LONG: marked("{access} lasts {days} days at most. Shorten the term, too."),
    Obstacle.NOT_ALLOWED: marked("{requestor} may not ask for {access}."),
    Obstacle.DOMAIN_DENIED: marked("Guests of this domain do not get {access}, by the policy."),
    Obstacle.HAS_ACCESS: marked("{guest} has {access} already. Deny the request instead."),
    Obstacle.NO_APPROVER: marked("Too few could decide on {access}. Ask a tenant admin to name more."),
    Obstacle.SAME_OPEN: marked("{label} asks for {access} for this guest already. Deny one of the two."),
}


def not_amended(refusal: NotAmended, look: Look) -> str:
    """Return why nothing was made less."""
    if isinstance(refusal, NotExcepted):
        return _not_excepted(refusal, look)
    return _not_instead(refusal, look) if isinstance(refusal, NotInstead) else _not_less(refusal, look)


def _not_excepted(refusal: NotExcepted, look: Look) -> str:
    if refusal.is_all:
        return look.say("Nobody would be left. To approve nobody, deny the request.")
    names = words.both(refusal.domains[:_MOST_NAMED], look)
    return look.say("Of {domains} nobody goes by this list, so nothing was approved.", domains=names)


def _not_instead(refusal: NotInstead, look: Look) -> str:
    """Return why the lesser access cannot be asked for."""
    request = refusal.request
    if refusal.why is Obstacle.SAME_OPEN and not refusal.hint:
        access = words.access(refusal.give, look)
        return look.say("{access} has been asked for already. Deny the request instead.", access=access)
    return look.say(
        _OBSTACLES[refusal.why],
        access=words.access(refusal.give, look),
        requestor=request.requestor.name,
        guest=request.guest_name,
        days=refusal.hint,
        label=refusal.hint,
    )


def in_audit(detail: Mapping[str, Json], request: Request | None, who: str, look: Look) -> str:
    """Return what an entry says of a lesser access; of one that is not known its key."""
    if "rows" in detail:
        told = {one: str(detail[one]) for one in ("rows", "rows_were")}
        return look.say("{who} left out domains: {rows} rows, and no longer {rows_were}", who=who, **told)
    known = _names(request, look) if request else {}
    was, now = (str(detail.get(one, "")) for one in ("give_was", "give"))
    about = {"who": who, "now": known.get(now, now), "was": known.get(was, was)}
    if detail.get("was") == detail.get("term"):
        return look.say("{who} gave less: {now}, and no longer {was}", **about)
    return look.say("{who} gave less, and for a shorter term: {now}, and no longer {was}", **about)


def _names(request: Request, look: Look) -> dict[str, str]:
    before = (one.was_give for one in request.amendments if one.was_give)
    return {one.key: words.access(one, look) for one in (request.give, *before)}
