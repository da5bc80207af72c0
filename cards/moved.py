"""What has moved since an approver's card was drawn."""

from access.rules.plan import sponsor_of
from access.rules.refusals import PlanMoved
from cards import anatomy, words
from cards.anatomy import LOOK_AT
from cards.elements import Element
from cards.look import Look


def moved_state(refusal: PlanMoved, look: Look) -> str:
    news = len(_news(refusal, look))
    return look.count("Not decided: 1 thing is new", "Not decided: {number} things are new", news)


def _news(refusal: PlanMoved, look: Look) -> list[str]:
    """Return what has moved since the card was drawn; new steps follow from a new account."""
    request, parts = refusal.request, refusal.moved
    redemption = request.plan.redemption if request.plan else None
    said = {
        "guest": look.say("The guest's account: {account}.", account=words.account(redemption, look)),
        "app": look.say("The state of {app} in the directory.", app=request.app.name),
        "access": look.say("The access: {access}.", access=words.access(request.give, look)),
        "term": look.say("The term: {term}.", term=words.term(request.term, look)),
        "rule": look.say("The policy: who decides, or what is given."),
        "landing": look.say("The page on which the guest lands."),
        "steps": look.say("The steps: look at the details."),
        "list": look.say("The list: who of it is asked for."),
        "end": look.say("The end of the access, which is to be moved."),
        "sponsor": look.say("The sponsor: {sponsor}.", sponsor=sponsor_of(request).name),
    }
    names = [name for name in parts if name != "steps" or "guest" not in parts]
    before = look.say("The plan: your card was drawn before it was made anew.")
    return [said[name] for name in names] or [before]


def moved(refusal: PlanMoved, look: Look) -> list[Element]:
    return [anatomy.row(LOOK_AT.symbol, news) for news in _news(refusal, look)]
