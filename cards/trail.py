"""The audit of a request or a guest in words, newest first."""

from collections.abc import Mapping
from itertools import groupby

from access.rules.audit import AuditEntry
from access.rules.model import EndCause, Json, Left, ObjectId, StepKind
from access.rules.restored import Effect
from access.rules.trail import Trail
from cards import anatomy
from cards.amending import in_audit
from cards.anatomy import command, small_print
from cards.elements import CardJson, Column, ColumnSet, Element, TextBlock
from cards.look import Look
from cards.steps import step
from cards.texts import marked
from cards.words import clock, day_of, deed, escaped, spoken, when

_SAID: Mapping[str, str] = {
    "request.submitted": marked("{who} asked"),
    "request.listed": marked("Asked for by a list that {who} sent"),
    "list.paused": marked("{who} paused the run"),
    "list.resumed": marked("{who} let the run go on"),
    "list.stopped": marked("{who} stopped the run"),
    "list.retried": marked("{who} had taken up again what had failed"),
    "list.ended": marked("The run of the list is over"),
    "request.refused": marked("{who} asked for what the policy does not allow"),
    "request.approved": marked("{who} approved"),
    "request.ordered": marked("{who} has the right to it, so nobody else was asked"),
    "account.blocked": marked("The account is blocked, and read back"),
    "account.deleted": marked("The account is deleted, and read back"),
    "account.gone": marked("The account is gone for good"),
    "account.let-go": marked("{who} wanted the account back, and the directory has none"),
    "account.listed": marked("The directory lists the deleted account again: it can be restored"),
    "account.restoring": marked("{who} wanted the account back"),
    "account.restored": marked("The account is back, and read back"),
    "profile.changed": marked("The guest's details are changed, and read back"),
    "account.retried": marked("{who} had it taken up again"),
    "request.waived": marked("Approved automatically: {waiver}"),
    "stage.approved": marked("{who} approved at stage {stage}"),
    "request.denied": marked("{who} denied"),
    "request.canceled": marked("{who} canceled"),
    "question.asked": marked("{who} asked a question"),
    "question.answered": marked("{who} answered"),
    "question.ended": marked("The question ended: nobody waits for the answer any more"),
    "request.amended": marked("{who} shortened the term"),
    "approval.reseated": marked("The approval by {by} counts for {whom} from now on"),
    "approvers.delegated": marked("Who decides for approvers has changed"),
    "request.escalated": marked("Escalated, for nobody had decided"),
    "request.expired": marked("Nobody decided in time"),
    "request.delivered": marked("Delivered, and read back"),
    "plan.moved": marked("What would be done has changed"),
    "step.begun": marked("Begun: {step}"),
    "step.done": marked("Done: {step}"),
    "step.failed": marked("Failed: {step}"),
    "mail.drafted": marked("The mail was drafted, and not sent yet"),
    "delivery.retried": marked("{who} had the delivery taken up again"),
    "link.renewed": marked("{who} had a new link sent"),
    "redemption.reset": marked("{who} had the redemption reset"),
    "setup.delivered": marked("The group is ready, and read back"),
    "setup.in-force": marked("The policy gives the group by now"),
    "setup.group-gone": marked("The group was found to be gone"),
    "setup.group-back": marked("The group was found again"),
    "setup.looked": marked("{who} looked at how an app is set up"),
    "guard.ordered": marked("{who} had it enforced, only report again or removed"),
    "guard.kept": marked("{who} goes on watching"),
    "guard.asked": marked("The security admins are asked what becomes of it"),
    "guard.watching": marked("Its policies only report"),
    "guard.enforced": marked("Its policies are enforced"),
    "guard.partly": marked("Some of its policies are enforced, or may be"),
    "guard.removed": marked("Its policies are gone"),
    "assignment.noted": marked("The access was noted, with its end"),
    "assignment.adopted": marked("{who} adopted the access, which others had given"),
    "assignment.ending": marked("The access ends: {why}"),
    "assignment.warned": marked("Who asked is warned that the access ends"),
    "guest.warning": marked("The guest is told by mail that the access ends"),
    "guest.warned": marked("The mail that the access ends was sent"),
    "link.noted": marked("The guest got a newer link under another request, and is waited for from then on"),
    "acceptance.reminded": marked("The guest had not accepted, and whoever asked is told"),
    "guest.reminding": marked("The guest is reminded of the invitation by mail"),
    "guest.reminded": marked("The mail that reminds of the invitation was sent"),
    "assignment.lapsed": marked("The access may not be needed any more, which is shown to its owner"),
    "assignment.recovered": marked("The access is needed again, as it seems"),
    "assignment.kept": marked("{who} keeps the access"),
    "assignment.retried": marked("{who} had the end taken up again"),
    "assignment.taken-over": marked("From now on the access is taken away at the end of this request"),
    "assignment.halted": marked("The guest's account is blocked"),
    "assignment.suspended": marked("The guest's account is deleted, and the access with it"),
    "assignment.resumed": marked("The guest's account is back, and the access with its end"),
    "assignment.shortened": marked("The end of the access was moved back, for its renewal was undone"),
    "assignment.returning": marked("{who} wants the access given again"),
    "assignment.returned": marked("The guest has the access again, with the end that it had"),
    "assignment.end-set": marked("{who} set the end of the access, which had none"),
    "assignment.renewed": marked("The end of the access was moved by a renewal"),
    "assignment.not-renewed": marked("{who} wants the access to end as it does"),
    "assignment.ended": marked("The access has ended: {left}"),
    "guest.accepted": marked("The guest has accepted"),
    "guest.gone": marked("The guest is gone from the directory"),
    "guest.back": marked("The guest is in the directory again"),
    "act.refused": marked("{who} was refused: {act}"),
    "audit.looked": marked("{who} looked at this audit"),
    "guest.looked": marked("{who} looked at this guest"),
    "guests.looked": marked("{who} looked at the guests of an app"),
    "list.saving": marked("{who} saved the guests of the list as a file"),
    "subject.forgotten": marked("The guest's name and address were erased"),
    "restore.effect-found": marked("Found after a restored backup, without an approval: {effect}"),
    "reconcile.no-effect": marked("Done, and not in Entra's audit log"),
    "reconcile.found-later": marked("In Entra's audit log by now, which was late"),
}
"""What each entry says that can be about a request or a guest; of the rest nobody reads here."""
_OWN_SEAT = marked("The approval by {by} counts as their own from now on")
_NOBODY_THERE = marked("Nobody had decided, and nobody was there to escalate it to")
_EFFECTS: Mapping[str, str] = {
    Effect.GUEST: marked("the guest's account"),
    Effect.ACCESS: marked("the access"),
    Effect.MAIL: marked("the mail"),
    Effect.GROUP: marked("the group"),
    Effect.POLICY: marked("its policies"),
}
_WHY: Mapping[str, str] = {
    EndCause.TERM: marked("its term was over"),
    EndCause.REMOVED: marked("{who} removed it"),
    EndCause.NEVER_ACCEPTED: marked("the policy, for it was never accepted"),
    EndCause.INACTIVE: marked("the policy, for the guest did not sign in"),
    EndCause.SPONSORLESS: marked("the policy, for nobody stood for the guest"),
    EndCause.UNDONE: marked("{who} undid it"),
}
_LEFT: Mapping[str, str] = {
    Left.NOTHING: marked("taken away, and read back that it is gone"),
    Left.WAS_THERE: marked("left as it was before the request"),
    Left.STILL_NEEDED: marked("it stays for another request"),
    Left.GUEST_GONE: marked("the guest was deleted"),
}
_TRACES = ("request-id", "guest-request-id", "draft-request-id")


def trail(shown: Trail, asked: str, look: Look) -> CardJson:
    """Draw a page of entries; `asked` is what was typed after `/audit`: a request's number, or an address."""
    about = [f"{one.label} · {deed(one, look)}" for one in shown.requests.values() if one.label == asked]
    title = about[0] if about else asked
    eyebrow = look.say("Audit · page {page} of {pages}", page=shown.page, pages=shown.pages)
    body: list[Element] = anatomy.header(eyebrow, title)
    for day, entries in groupby(shown.entries, lambda one: day_of(one.at, look)):
        body.append(anatomy.label(day))
        body += [_row(one, shown, look) for one in entries]
    said = look.say("Times, ids and hashes are in the export: {command}.", command=_EXPORT)
    if shown.page < shown.pages:
        more = command(f"/audit {asked} page {shown.page + 1}", look)
        said = look.say("Type {more} for the next page.", more=more)
    body.append(small_print(said))
    turns = anatomy.turning("audit.page", shown.page, shown.pages, look, about=asked)
    return anatomy.card(look, spoken(_aloud(shown, title, look)), body, turns)


def nothing(look: Look) -> str:
    """Return the answer about an address of which there is nothing, or nothing for who asks."""
    return look.say("The audit holds nothing about this address that you may see.")


def _aloud(shown: Trail, title: str, look: Look) -> str:
    """Return what is read aloud: the newest entries, for nobody listens to a whole page."""
    rows = "; ".join(_line(one, shown, look) for one in shown.entries[:_READ_ALOUD])
    said = look.say("{state}. {more}", state=title, more=f"{rows}.")
    left = len(shown.entries) - _READ_ALOUD
    if left <= 0:
        return said
    more = look.count("1 older entry is on the card.", "{number} older entries are on the card.", left)
    return f"{said} {more}"


_READ_ALOUD = 5
_EXPORT = anatomy.literal("guestlist audit export")


def _row(entry: AuditEntry, shown: Trail, look: Look) -> ColumnSet:
    """Return `09:14`, and beside it what happened; below that what finds it in Microsoft's own logs."""
    items: list[Element] = [TextBlock(escaped(_said(entry, shown, look)))]
    notes = [str(entry.fact.detail[name]) for name in _TRACES if entry.fact.detail.get(name)]
    if notes:
        note = look.say("Graph's request-id: {ids}", ids=", ".join(notes))
        items.append(TextBlock(escaped(note), size="Small", isSubtle=True, spacing="None"))
    at = TextBlock(clock(entry.at, look), isSubtle=True)
    return ColumnSet([Column("auto", [at]), Column("stretch", items)], spacing="Small")


def _line(entry: AuditEntry, shown: Trail, look: Look) -> str:
    """Return `Mon 23 Nov, 09:14 · Alex Wilber approved`."""
    return f"{when(entry.at, look, shown.entries[0].at)} · {_said(entry, shown, look)}"


def _said(entry: AuditEntry, shown: Trail, look: Look) -> str:
    """Return what happened, with the request's number before it where several are told of."""
    request = shown.requests.get(entry.fact.request_id) if entry.fact.request_id else None
    what = _what(entry, shown, look)
    return f"{request.label} · {what}" if request is not None and len(shown.requests) > 1 else what


def _what(entry: AuditEntry, shown: Trail, look: Look) -> str:
    fact = entry.fact
    who = _name(fact.actor, shown) if fact.actor else "Guestlist"
    by, whom = (_name(fact.detail.get(name, ""), shown) for name in ("by", "on_behalf_of"))
    if whom:
        who = look.say("{name}, for {whom},", name=who, whom=whom)
    if fact.what == "request.amended" and not fact.detail.keys().isdisjoint({"give", "rows"}):
        request = shown.requests.get(entry.fact.request_id) if entry.fact.request_id else None
        return in_audit(fact.detail, request, who, look)
    if fact.what not in _SAID:  # what another version has written
        return f"{who}: {fact.what}"
    values = {
        "by": by,
        "whom": whom,
        "act": _act(str(fact.detail.get("act", "")), look),
        "effect": _effect(str(fact.detail.get("effect", "")), look),
        "stage": str(fact.detail.get("stage", "")),
        "waiver": str(fact.detail.get("waiver", "")),
        "why": _word(_WHY, fact.detail.get("why"), who, look),
        "left": _word(_LEFT, fact.detail.get("left"), who, look),
    }
    said = _SAID[fact.what]
    if fact.what == "request.escalated" and not fact.detail.get("to"):
        said = _NOBODY_THERE
    if fact.what == "approval.reseated" and not whom:
        said = _OWN_SEAT
    return look.say(said, who=who, step=_step(entry, shown, look), **values)


def _effect(name: str, look: Look) -> str:
    return look.say(_EFFECTS[name]) if name in _EFFECTS else name


def _word(words_of: Mapping[str, str], name: Json, who: str, look: Look) -> str:
    return look.say(words_of[str(name)], who=who) if str(name) in words_of else str(name)


def _name(person: Json, shown: Trail) -> str:
    return shown.names.get(ObjectId(str(person)), str(person))


def _act(name: str, look: Look) -> str:
    acts = {
        "request": look.say_as("act", "Request"),
        "approve": look.say_as("button", "Approve"),
        "deny": look.say_as("button", "Deny"),
        "ask": look.say_as("button", "Ask a question"),
        "answer": look.say_as("button", "Answer"),
        "amend": look.say_as("button", "Give less"),
        "cancel": look.say_as("button", "Cancel"),
        "retry": look.say_as("button", "Retry"),
        "pause": look.say_as("button", "Pause"),
        "resume": look.say_as("button", "Resume"),
        "stop": look.say_as("button", "Stop"),
        "except": look.say_as("button", "Approve except …"),
        "bulk": look.say_as("button", "Send for approval"),
        "remove": look.say_as("button", "Remove access"),
        "keep": look.say_as("button", "Keep access"),
        "remove-guest": look.say_as("button", "Remove the guest"),
        "restore": look.say_as("button", "Restore the guest"),
        "change": look.say_as("button", "Change"),
        "extend": look.say_as("button", "Renew"),
        "undo": look.say_as("button", "Undo"),
        "norenew": look.say_as("button", "Do not renew"),
        "audit": look.say_as("act", "Audit"),
        "guest": look.say_as("act", "Guest"),
        "guests": look.say_as("act", "Guests"),
        "setup": look.say_as("act", "Setup"),
        "protect": look.say_as("act", "Protection"),
        "enforce": look.say_as("act", "Enforcing a protection"),
        "resend": look.say_as("button", "Send new link"),
        "reset": look.say_as("button", "Reset redemption"),
    }
    return acts.get(name, name)


def _step(entry: AuditEntry, shown: Trail, look: Look) -> str:
    name = str(entry.fact.detail.get("step", ""))
    request = shown.requests.get(entry.fact.request_id) if entry.fact.request_id else None
    return step(StepKind(name), request, look) if request and name in _STEPS else name


_STEPS = frozenset(StepKind)
