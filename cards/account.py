"""A guest's removal from the directory: what is lost before it begins, how far it is, and the way back."""

from access.rules.accounts import Holdings, Right, Unfit, is_early, looked_for_until
from access.rules.departing import Asked
from access.rules.model import AccountState, Kind, Named, Record, Request
from access.rules.removal_plan import had_any, made_for
from access.rules.removing import can_give_up, is_blocked, is_over
from cards import account_state, anatomy, profile
from cards.anatomy import FAILED, LOOK_AT, NOTHING, WORKING, Strip, command, data_of, small_print
from cards.causes import advice
from cards.elements import Action, CardJson, Element, Execute, InputText, ShowCard
from cards.look import Look
from cards.words import LONGEST, both, first, spoken, when

JUSTIFICATION = "justification"
_RESTORABLE = 30


def draw(record: Record, look: Look) -> CardJson:
    """Draw how far a removal or a change is, for whoever may see it, with what can still be done."""
    request, given = record.request, record.request.account
    strip = account_state.strip_of(record, waits(request, look), look)
    body: list[Element] = [*anatomy.request_header(request, look), anatomy.strip(strip)]
    body.append(anatomy.facts(_facts(request, look)))
    body += anatomy.prose(look.say("Justification"), request.justification, look)
    actions: list[Action] = []
    typed: list[str] = []
    if failed := (given.failure if given is not None else request.failure):
        body += anatomy.advice(advice(failed.cause, request, look), look, with_to_do=True)
        retry = look.say_as("button", "Retry")
        actions.append(Execute(retry, "delivery.retry", data_of(request), style="positive"))
        typed.append(f"/retry {request.label}")
    lost = given is not None and given.state in {AccountState.BLOCKED, AccountState.DELETED}
    if given is not None and is_over(given, request.changed_at):
        lost = False
    if lost or (request.kind is Kind.REMOVE and failed and is_blocked(record) and given is None):
        actions.append(restore_button(request, look))
        typed.append(f"/restore {request.label}")
    if can_give_up(record):
        actions.append(_give_up_button(request, look))
        typed.append(f"/remove {request.label}")
    if typed:
        lines = both([command(line, look) for line in typed], look)
        body.append(small_print(look.say("Or type {command}.", command=lines)))
    refresh = ("request.view", {"request": request.request_id})
    return anatomy.card(look, anatomy.aloud(strip, look, request), body, actions, refresh=refresh)


def waits(request: Request, look: Look) -> tuple[str, ...]:
    """Return what a step waits for, if one does."""
    if not request.waiting_for:
        return ()
    cause = advice(request.waiting_for, request, look).cause
    return (cause, look.say("Guestlist tries again by itself."))


def _facts(request: Request, look: Look) -> list[tuple[str, str]]:
    shown = [(look.say_as("fact", "Guest"), f"{request.guest_name}, {request.address}")]
    shown += profile.changed(request, look)
    if request.ordered is not None:
        shown.append((look.say_as("fact", "Right"), _right(request, request.ordered.right, look)))
    return shown


def _right(request: Request, right: Right, look: Look) -> str:
    if right is Right.ADMIN:
        return look.say_as("right", "Admin")
    if right is Right.OF_AN_APP:
        return look.say_as("right", "Owner of an app of this guest")
    if made_for(request) and not had_any(request):
        return look.say_as("right", "Owner of the app that the account was made for")
    return look.say_as("right", "Owner of every app of this guest")


def _give_up_button(request: Request, look: Look) -> ShowCard:
    said = look.say(
        "Nobody can retry it then. The account of {guest} stays as it is. "
        "To have it removed after all, ask anew.",
        guest=first(request.guest_name, look),
    )
    title = look.say_as("button", "Give the removal up")
    give_up = Execute(title, "assignment.remove", data_of(request), style="destructive")
    button = look.say_as("button", "Give up")
    return ShowCard(button, [anatomy.text(said)], give_up, text=spoken(said), style="destructive")


def restore_button(request: Request, look: Look) -> ShowCard:
    said = look.say(
        "{guest} can sign in again, with apps and groups as before. What has ended meanwhile is taken away.",
        guest=first(request.guest_name, look),
    )
    title = look.say_as("button", "Restore the guest")
    restore = Execute(title, "account.restore", data_of(request), style="positive")
    return ShowCard(
        look.say_as("button", "Restore"), [anatomy.text(said)], restore, text=spoken(said), style=None
    )


def too_late(request: Request, look: Look) -> tuple[str, ...]:
    """Return why a guest cannot be restored any more, and what can be done instead."""
    given = request.account
    gone = look.say("Entra keeps a deleted account for 30 days. The time is over, so nobody can restore it.")
    if given is not None and is_early(given, request.changed_at):
        gone = look.say("Entra has let go of the account before its 30 days, so nobody can restore it.")
    address = request.address if "@" in request.address else "ADDRESS"
    invite = look.typed(f'/invite {address} to "APP"')
    if given is not None and (until := looked_for_until(given, request.changed_at)):
        looks = look.say("Guestlist looks until {when} whether it is so.", when=when(until, look, until))
        return gone, looks, look.say("To let the guest in again, type {command} after that.", command=invite)
    return gone, look.say("To let the guest in again, type {command}.", command=invite)


def asked(found: Asked, look: Look) -> CardJson:
    """Draw what a removal takes, before anything is done: the press that does it is on this card."""
    held, guest = found.held, first(found.held.guest.name, look)
    strip = _before(found, guest, look)
    eyebrow = look.say("Removal from the directory · {address}", address=held.guest.address)
    title = look.say("Remove {guest} from the directory?", guest=held.guest.name)
    body: list[Element] = [*anatomy.header(eyebrow, title), anatomy.strip(strip)]
    body.append(anatomy.label(look.say("What {guest} loses", guest=guest)))
    body += [anatomy.row("–", lost, note) for lost, note in losses(held, look)]
    body.append(anatomy.label(look.say("What happens")))
    body += [anatomy.row("–", *one) for one in _happens(found, guest, look)]
    body.append(
        InputText(
            JUSTIFICATION,
            look.say("Justification"),
            isMultiline=True,
            maxLength=LONGEST,
            isRequired=True,
            errorMessage=look.say("Write why the guest is removed."),
            value=found.justification,
        )
    )
    line = f"/remove {held.guest.address} from the directory now because …"
    body.append(small_print(look.say("Or type {command}.", command=command(line, look))))
    data = {"guest": held.guest.object_id, "plan": found.plan.hash}
    title = look.say_as("button", "Remove the guest")
    remove = Execute(title, "account.remove", data, style="destructive")
    lost = "; ".join(lost for lost, _ in losses(held, look))
    return anatomy.card(look, spoken(f"{anatomy.aloud(strip, look)} {lost}."), body, [remove])


def _before(found: Asked, guest: str, look: Look) -> Strip:
    if found.moved:
        moved = look.say("What {guest} has is something else than was shown before.", guest=guest)
        return Strip(LOOK_AT, look.say("Nothing is removed: look again"), (moved,))
    if found.unjustified:
        state = look.say("Nothing is removed: say why")
        return Strip(FAILED, state, (look.say("The justification is missing."),))
    return Strip(LOOK_AT, look.say("Nothing is removed yet"), (look.say("This is what would be."),))


def losses(held: Holdings, look: Look) -> list[tuple[str, str]]:
    """Return what is lost with an account, and of each a note."""
    lost = [(look.say("The account {address}", address=held.guest.address), "")]
    if held.apps:
        lost.append((look.say("Apps: {names}", names=_names(held.apps)), ""))
    if groups := (*held.groups, *held.by_rule):
        lost.append((look.say("Groups and teams: {names}", names=_names(groups)), ""))
    if held.roles:
        lost.append((look.say("Roles over the directory: {names}", names=_names(held.roles)), ""))
    unseen = look.say("Guestlist cannot see which.")
    return [*lost, (look.say("Files, sites and chats that were shared with the guest"), unseen)]


def _names(things: tuple[Named, ...]) -> str:
    return ", ".join(sorted(one.name for one in things))


def _happens(found: Asked, guest: str, look: Look) -> list[tuple[str, str]]:
    deleted = look.count(
        "In 1 day the account is deleted.", "In {number} days the account is deleted.", found.days
    )
    return [
        (look.say("Now {guest} is signed out and cannot sign in any more.", guest=guest), ""),
        (deleted, look.say("Until then, and for 30 days after it, it can be restored with all of this.")),
        (look.say("After that it is gone for good, with everything."), ""),
    ]


def begun(request: Request, look: Look) -> CardJson:
    """Draw that a removal has begun; this card stands as it is, and another follows the removal."""
    more = (look.say("How it goes on is said in your own chat with Guestlist."),) if look.shared else ()
    strip = Strip(WORKING, look.say("{label} has begun", label=request.label), more)
    return _leading(request, strip, look)


def standing(request: Request, look: Look) -> CardJson:
    """Draw that the account is being removed already, is removed, or that this was tried and failed."""
    strip = Strip(NOTHING, look.say("You removed nothing"), (account_state.already(request, look),))
    return _leading(request, strip, look)


def _leading(request: Request, strip: Strip, look: Look) -> CardJson:
    show = Execute(look.say_as("button", "Show request"), "request.view", {"request": request.request_id})
    lines = [f"/show {request.label}"]
    if account_state.has_failed(request):
        lines.append(f"/retry {request.label}")
    typed = both([command(line, look) for line in lines], look)
    body: list[Element] = [*anatomy.request_header(request, look), anatomy.strip(strip)]
    body.append(small_print(look.say("Or type {command}.", command=typed)))
    return anatomy.card(look, anatomy.aloud(strip, look, request), body, [show])


def nobody(look: Look, act: str = "remove") -> str:
    """Return the answer where there is no such guest, or none that is whoever asks's to act on."""
    if act == "restore":
        return look.say("You restored nothing: there is no removed guest with this address who is yours.")
    return look.say(
        "You removed nothing: there is no guest with this address all of whose apps and groups are yours. "
        "An admin can remove any guest."
    )


def untouchable(why: Unfit, look: Look) -> str:
    """Return why Guestlist does not touch an account."""
    if why is Unfit.SYNCED:
        return look.say("You removed nothing: the account comes from another directory. Remove it there.")
    return look.say("You removed nothing: the account was never invited, so Guestlist does not touch it.")
