"""The audit of a request or a guest in words, newest first."""

from collections.abc import Mapping

from access.rules.audit import AuditEntry
from access.rules.model import StepKind
from access.rules.trail import Trail
from cards import anatomy, words
from cards.anatomy import command, small_print
from cards.elements import CardJson, Container, Element, TextBlock
from cards.look import Look
from cards.texts import marked
from cards.words import deed, escaped, spoken, when

_SAID: Mapping[str, str] = {
    "request.submitted": marked("{who} asked"),
    "request.approved": marked("{who} approved"),
    "stage.approved": marked("{who} approved at stage {stage}"),
    "request.denied": marked("{who} denied"),
    "request.canceled": marked("{who} canceled"),
    "question.asked": marked("{who} asked a question"),
    "question.answered": marked("{who} answered"),
    "request.amended": marked("{who} shortened the term"),
    "request.escalated": marked("Escalated, for nobody had decided"),
    "request.expired": marked("Nobody decided in time"),
    "request.delivered": marked("Delivered, and read back"),
    "plan.moved": marked("What would be done has changed"),
    "step.begun": marked("Begun: {step}"),
    "step.done": marked("Done: {step}"),
    "step.failed": marked("Failed: {step}"),
    "mail.drafted": marked("The mail was drafted, and not sent yet"),
    "delivery.retried": marked("{who} had the delivery taken up again"),
    "guest.accepted": marked("The guest has accepted"),
    "guest.gone": marked("The guest is gone from the directory"),
    "act.refused": marked("{who} was refused: {act}"),
    "audit.looked": marked("{who} looked at this audit"),
    "subject.forgotten": marked("The guest's name and address were erased"),
    "restore.effect-found": marked("Found after a restored backup, without an approval: {effect}"),
}
_TRACES = ("request-id", "guest-request-id", "draft-request-id")


def trail(shown: Trail, asked: str, look: Look) -> CardJson:
    """Draw a page of entries; `asked` is what was typed after `/audit`: a request's number, or an address."""
    about = [f"{one.label} · {deed(one, look)}" for one in shown.requests.values() if one.label == asked]
    title = about[0] if about else asked
    eyebrow = look.say("Audit · page {page} of {pages}", page=shown.page, pages=shown.pages)
    body: list[Element] = anatomy.header(eyebrow, title)
    body += [_row(one, shown, look) for one in shown.entries]
    said = look.say("Times, ids and hashes are in the export: {command}.", command=_EXPORT)
    if shown.page < shown.pages:
        more = command(f"/audit {asked} page {shown.page + 1}", look)
        said = look.say("Type {more} for the next page.", more=more)
    body.append(small_print(said))
    return anatomy.card(look, spoken(_aloud(shown, title, look)), body)


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


def _row(entry: AuditEntry, shown: Trail, look: Look) -> Container:
    items: list[Element] = [TextBlock(escaped(_line(entry, shown, look)))]
    notes = [str(entry.fact.detail[name]) for name in _TRACES if entry.fact.detail.get(name)]
    if notes:
        note = look.say("Graph's request-id: {ids}", ids=", ".join(notes))
        items.append(TextBlock(escaped(note), size="Small", isSubtle=True, spacing="None"))
    return Container(items, separator=True, spacing="Small")


def _line(entry: AuditEntry, shown: Trail, look: Look) -> str:
    """Return `Mon 23 Nov, 09:14 · R-1042 · Alex Wilber approved`; the number where several are told of."""
    newest = shown.entries[0].at
    parts = [when(entry.at, look, newest)]
    request = shown.requests.get(entry.fact.request_id) if entry.fact.request_id else None
    if request is not None and len(shown.requests) > 1:
        parts.append(request.label)
    return " · ".join([*parts, _what(entry, shown, look)])


def _what(entry: AuditEntry, shown: Trail, look: Look) -> str:
    fact = entry.fact
    who = shown.names.get(fact.actor, str(fact.actor)) if fact.actor else "Guestlist"
    if fact.what not in _SAID:  # what another version has written
        return f"{who}: {fact.what}"
    values = {
        "act": _act(str(fact.detail.get("act", "")), look),
        "effect": str(fact.detail.get("effect", "")),
        "stage": str(fact.detail.get("stage", "")),
    }
    return look.say(_SAID[fact.what], who=who, step=_step(entry, shown, look), **values)


def _act(name: str, look: Look) -> str:
    acts = {
        "approve": look.say_as("button", "Approve"),
        "deny": look.say_as("button", "Deny"),
        "ask": look.say_as("button", "Ask a question"),
        "answer": look.say_as("button", "Answer"),
        "amend": look.say_as("button", "Shorten the term"),
        "cancel": look.say_as("button", "Cancel"),
        "retry": look.say_as("button", "Retry"),
        "audit": look.say_as("act", "Audit"),
    }
    return acts.get(name, name)


def _step(entry: AuditEntry, shown: Trail, look: Look) -> str:
    name = str(entry.fact.detail.get("step", ""))
    request = shown.requests.get(entry.fact.request_id) if entry.fact.request_id else None
    return words.step(StepKind(name), request, look) if request and name in _STEPS else name


_STEPS = frozenset(StepKind)
