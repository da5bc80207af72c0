"""One guest: how it stands, why they are stuck, what to do, and the requests that gave them access."""

from access.rules.accounts import AccountState
from access.rules.coaching import GuestFile, Helps, Stands
from access.rules.lasting import has_missed
from access.rules.model import ON_ACCOUNTS, Record, Request, State
from access.rules.plan import sponsor_of
from access.rules.relinking import Answered
from access.rules.removing import is_over, stopped_by
from access.rules.renewing import endless
from cards import account, account_state, anatomy, coaching, elsewhere, new_address, relinking, words
from cards.anatomy import Strip, command, small_print
from cards.cause_words import Advice
from cards.elements import Action, CardJson, Data, Element, Execute, ShowCard
from cards.ended import can_be_renewed, is_active, renew_button
from cards.look import Look
from cards.state import short
from cards.words import ends, first, spoken, when

_BUTTONS = 4
"""At most; *Renew* gives way to what helps a guest who is stuck, and is typed then."""
_REQUESTS = 5
"""Of how many requests the card tells; the audit has them all."""


def draw(file: GuestFile, look: Look, answer: Answered | None = None) -> CardJson:
    """Draw a guest, below the answer to what was wanted for them, if anything was."""
    strip = relinking.strip_of(answer, look) if answer else coaching.strip_of(file, look)
    advice = coaching.advice(file, look)
    done = answer is not None and answer.done is not None
    removed = None if done else account_state.of_guest(file.removal, file.read_at, look)
    if removed is not None:
        kept_out, advice = removed[0], Advice("", (removed[1],))
        strip = Strip(strip.tone, strip.state, kept_out.sentences) if answer else kept_out
    if answer and answer.done:
        advice = Advice("", ())  # what was in the way is being done about
    body: list[Element] = [
        *anatomy.header(_eyebrow(file, look), file.name if removed else _title(file, look)),
        anatomy.strip(strip),
    ]
    if advice.cause:
        body += anatomy.advice(advice, look, with_to_do=bool(advice.to_do))
    elif advice.to_do:
        body += [anatomy.label(look.say("What to do")), anatomy.text(advice.to_do[0], spacing="None")]
    if (checked := coaching.rows(file, look)) and not removed:
        body.append(anatomy.label(look.say("Also checked")))
        body += [anatomy.row(tone.symbol, said, note) for tone, said, note in checked]
    body.append(anatomy.facts(_facts(file, look)))
    if file.records:
        body.append(anatomy.label(look.say("Requests")))
        body += [_row(one, look) for one in _told_of(file)]
        if (left := len(file.records) - _REQUESTS) > 0:
            body.append(anatomy.text(look.count("And 1 more.", "And {number} more.", left)))
    body.append(small_print(_typed(file, look, answer)))
    return anatomy.card(look, _aloud(file, strip, advice, look), body, _buttons(file, look, answer))


def nobody(look: Look) -> str:
    """Return the answer where there is no such guest, or none that whoever asks may see."""
    return look.say("There is no guest with this address that you may see.")


def _title(file: GuestFile, look: Look) -> str:
    not_yet = file.diagnosis.stands in {Stands.WAITING, Stands.STUCK} and _is_pending(file)
    return look.say("{guest} has not accepted", guest=file.name) if not_yet else file.name


def _is_pending(file: GuestFile) -> bool:
    guest = file.clues.guest if file.clues else None
    return guest is not None and guest.redemption == "PendingAcceptance"


def _eyebrow(file: GuestFile, look: Look) -> str:
    apps = list(
        dict.fromkeys(one.request.app.name for one in file.records if one.request.kind not in ON_ACCOUNTS)
    )
    at = when(file.read_at, look, file.read_at)
    if apps:
        return look.say("Guest of {apps} · as of {when}", apps=words.both(apps, look), when=at)
    return look.say("Guest · as of {when}", when=at)


def _facts(file: GuestFile, look: Look) -> list[tuple[str, str]]:
    shown = [(look.say_as("fact", "Guest"), f"{file.name}, {file.address}")]
    guest = file.clues.guest if file.clues else None
    if before := elsewhere.moved_from(file):
        shown.append((look.say_as("fact", "Approved for"), before))
    if guest is not None:
        shown.append((look.say_as("fact", "Account"), words.account(guest.redemption, look)))
    if file.main is not None:
        request = file.main.request
        shown.append((look.say_as("fact", "Mail"), words.mail(request.mail, look)))
    if sponsors := _sponsors(file):
        shown.append((look.say_as("fact", "Sponsor"), words.both(sponsors, look)))
    if file.holds.apps:
        shown.append((look.say_as("fact", "Apps"), words.both(file.holds.apps, look)))
    if file.holds.groups:
        shown.append((look.say_as("fact", "Groups"), words.both(file.holds.groups, look)))
    return shown


def _sponsors(file: GuestFile) -> tuple[str, ...]:
    """Return who stands for the guest as the directory says, else whom the request named."""
    return file.sponsors or ((sponsor_of(file.main.request).name,) if file.main else ())


def _told_of(file: GuestFile) -> list[Record]:
    """Return the requests that the card has room for: what lasts comes first, then the newest."""
    return sorted(file.records, key=lambda one: not is_active(one.request))[:_REQUESTS]


def _row(record: Record, look: Look) -> Element:
    """Return a request: its number, what it gave, until when, and how it stands."""
    request = record.request
    on_account = request.kind in ON_ACCOUNTS
    what = (
        words.deed(request, look) if on_account else f"{request.app.name}, {words.access(request.give, look)}"
    )
    given = f"{request.label} · {what}"
    symbol, _, state = short(request, look).partition(" ")
    notes = [state]
    if not on_account and request.state is State.DELIVERED:
        notes.append(look.say("Ends {when}", when=ends(request, look)))
        if is_active(request) and has_missed(record):
            notes.append(look.say("not everybody who was to be warned was reached"))
    return anatomy.row(symbol, given, " · ".join(notes))


def _act(file: GuestFile, answer: Answered | None) -> Helps | None:
    """Return the one act that is offered: none where it was just done, or whoever looks may not."""
    helps = file.diagnosis.helps
    offered = helps in {Helps.RESEND, Helps.RESET} and coaching.can_act(file)
    return helps if offered and not (answer and answer.done) else None


def _typed(file: GuestFile, look: Look, answer: Answered | None) -> str:
    """Return the typed twins: of the act, of what else could be wanted, and of the request's button."""
    act, said = _act(file, answer), ""
    if act is not None:
        said = look.say("Or type {command}.", command=command(f"/{act} {file.address}", look))
    elif file.diagnosis.stands is Stands.ACCEPTED and coaching.can_act(file) and answer is None:
        line = command(elsewhere.anew(file) if elsewhere.moved_from(file) else f"/reset {file.address}", look)
        said = look.say("If the guest is to sign in with another account, type {command}.", command=line)
    else:
        said = look.say("To look again, type {command}.", command=command(f"/guest {file.address}", look))
    if (removed := _restorable(file)) is not None:
        restore = command(f"/restore {removed.label}", look)
        said = f"{said} {look.say('Or type {command}.', command=restore)}"
    if _may_change(file):
        line = command(f"/change {file.address}", look)
        change = look.say("To change name, company or sponsor, type {command}.", command=line)
        said = f"{said} {change}"
    if file.holds.may_remove:
        remove = command(f"/remove {file.address} from the directory", look)
        leave = look.say("To remove the guest from the directory, type {command}.", command=remove)
        said = f"{said} {leave}"
    request = _request(file)
    if request is None:
        return said
    if renewed := _renewable(file):
        line = command(f"/extend {renewed.label} by 90d", look)
        to_set, longer = (
            look.say("To set its end, type {command}.", command=line),
            look.say("To renew the access, type {command}.", command=line),
        )
        said = f"{said} {to_set if endless(renewed) else longer}"
    show = command(f"/show {request.label}", look)
    leads = look.say("For the request, type {command}.", command=show)
    return f"{said} {leads}"


def _request(file: GuestFile) -> Request | None:
    """Return the request that the card leads to."""
    return file.main.request if file.main else next((one.request for one in file.records), None)


def _renewable(file: GuestFile) -> Request | None:
    """Return the access that *Renew* is for: the one that the card leads to, or else the only one."""
    found = [one.request for one in file.records if can_be_renewed(one.request)]
    guest = file.clues.guest if file.clues else None
    if not file.may_act or guest is None or not guest.enabled:
        return None
    main = file.main.request if file.main else None
    return main if main in found else found[0] if len(found) == 1 else None


def _restorable(file: GuestFile) -> Request | None:
    """Return the removal that whoever looks may undo."""
    found = file.removal
    if found is None or not found.may_restore or found.request.account is None:
        return None
    if is_over(found.request.account, file.read_at):
        return None
    state = found.request.account.state
    return found.request if state in {AccountState.BLOCKED, AccountState.DELETED} else None


def _buttons(file: GuestFile, look: Look, answer: Answered | None) -> list[Action]:
    removed = _restorable(file)
    restore: list[Action] = [account.restore_button(removed, look)] if removed is not None else []
    renewed, acts = _renewable(file), _acts(file, look, answer)
    renew: list[Action] = [*renew_button(renewed, look)] if renewed is not None else []
    others = [*_change(file, look), *_remove(file, look)]
    room = len(restore) + len(acts) + len(others) < _BUTTONS
    return [*restore, *acts[:-1], *(renew if room else ()), *acts[-1:], *others]


def _change(file: GuestFile, look: Look) -> list[Action]:
    """Return the button for the guest's details, for whoever may act under a request of theirs."""
    guest = file.clues.guest if file.clues else None
    if guest is None or not _may_change(file):
        return []
    return [Execute(look.say_as("button", "Change"), "change.view", {"guest": guest.object_id})]


def _may_change(file: GuestFile) -> bool:
    known = file.clues is not None and file.clues.guest is not None
    removal = file.removal
    stands = removal is None or (removal.request.account is None and bool(stopped_by(removal.request)))
    return known and file.holds.may_change and stands


def _remove(file: GuestFile, look: Look) -> list[Action]:
    """Return the button that shows what a removal would take, for who may have it done."""
    guest = file.clues.guest if file.clues else None
    if guest is None or not file.holds.may_remove:
        return []
    title = look.say_as("button", "Remove guest")
    return [Execute(title, "account.ask", {"guest": guest.object_id})]


def _acts(file: GuestFile, look: Look, answer: Answered | None) -> list[Action]:
    request = _request(file)
    if request is None:
        return []
    data: Data = {"request": request.request_id}
    title = look.say_as("button", "Show {label}", label=request.label)
    show = Execute(title, "request.view", data)
    act, guest = _act(file, answer), file.clues.guest if file.clues else None
    if file.diagnosis.helps is Helps.CHANGE_ADDRESS and guest is not None and _may_change(file):
        return [new_address.button(guest.object_id, look), show]
    if act is Helps.RESEND:
        send = look.say_as("button", "Send new link")
        return [Execute(send, "guest.resend", data, style="positive"), show]
    return [_reset(file, data, look), show] if act is Helps.RESET else [show]


def _reset(file: GuestFile, data: Data, look: Look) -> ShowCard:
    lost = look.say(
        "{guest} cannot sign in until the new invitation is accepted. The account and the access stay.",
        guest=first(file.name, look),
    )
    again = Execute(look.say_as("button", "Reset redemption"), "guest.reset", data, style="destructive")
    title = look.say_as("button", "Accept anew")
    return ShowCard(title, [anatomy.text(lost)], again, text=lost, style=None)


def _aloud(file: GuestFile, strip: Strip, advice: Advice, look: Look) -> str:
    said = look.say("{guest}: {state}. {more}", guest=file.name, state=strip.state, more=strip.text)
    return spoken(" ".join((said, advice.cause, *advice.to_do)))
