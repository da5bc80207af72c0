"""What a near miss was taken for: what was understood, what is missing, and how to go on. Nothing is done.

The cards are shown where the text was typed, so they hold no more than the thread's card and that text.
"""

from access.rules.bulk import Progress
from access.rules.draft import Draft
from access.rules.model import AccountState, Kind, Record, Request, State
from access.rules.removing import is_over, stopped_by
from access.rules.retrying import too_late
from access.rules.standing import open_question
from cards import anatomy, ended, help, list_progress, request_form  # noqa: A004 - the card of that name
from cards.anatomy import LOOK_AT, NOTHING, WAITING, Strip
from cards.approval import or_type
from cards.elements import CardJson, Element, Execute, OpenDialog
from cards.look import Look
from cards.returned import KEPT
from cards.start import title_of
from cards.state import short, strip_of
from cards.texts import marked
from cards.words import deed, people, quoted, spoken

_LONGEST_ECHO = 60
_KINDS = frozenset({Kind.INVITE, Kind.ASSIGN})
"""What has a form of its own, and a line in parts."""
_SPLITTING = frozenset({"to", "as", "in", "via", "for", "until", "because"})
"""Words at which a line is parted, unless they stand in quotes."""
_PARTS = (
    ("ana@fabrikam.com", marked("The guest: an address, or a name with the address in angle brackets.")),
    (
        'to "Sign in to Desk"',
        marked("The app. Quotes help where its name holds a word such as to, for, as or in."),
    ),
    ("as ROLE", marked("A role of the app; in GROUP gives a group. Without it, the app's usual access.")),
    ("for 90d", marked("How long: also 2 weeks, 3 months, 1 year, until 2027-03-31 or until 31 March 2027.")),
    ("because JUSTIFICATION", marked("Why the guest needs the app. It comes last and may hold any word.")),
)


def invitation(draft: Draft, typed: str, look: Look, *, asks_why: bool, kept: str = "") -> CardJson:
    """Draw the request that somebody seems to want, with the form that goes on with it.

    `kept`, where others have the card too, is the draft for whoever typed it.
    """
    guessed = look.say("Below is what Guestlist makes of it.")
    strip = Strip(LOOK_AT, look.say("Nothing is sent yet"), (_echo(typed, look), guessed))
    eyebrow = look.say("Command {command}", command=f"/{draft.kind}")
    body: list[Element] = [*anatomy.header(eyebrow, title_of(draft.kind, look)), anatomy.strip(strip)]
    understood = [
        (look.say_as("fact", "Guest"), ", ".join(part for part in (draft.name, draft.address) if part)),
        (look.say_as("fact", "App"), draft.app),
        (look.say_as("fact", "Access"), draft.access),
        (look.say_as("fact", "Term"), draft.term),
    ]
    if shown := [(title, value) for title, value in understood if value]:
        body += [anatomy.label(look.say("Understood")), anatomy.facts(shown)]
    body += anatomy.prose(look.say("Justification"), draft.justification, look)
    if missing := _missing(draft, look, asks_why=asks_why):
        body.append(anatomy.label(look.say("Still missing")))
        body += [anatomy.row(WAITING.symbol, one) for one in missing]
    line = _line(draft)
    body.append(or_type(line, look))
    fill_in, button = (
        _fill_in(draft.kind, look, {KEPT: kept} if kept else request_form.data_of(draft)),
        look.say_as("button", "Fill in"),
    )
    to_do = {"state": strip.state, "button": button, "command": look.typed(line)}
    said = look.say("{state}. Press {button}, or type {command}.", **to_do)
    return anatomy.card(look, spoken(said), body, [fill_in])


def about(request: Request, act: str, justification: str, typed: str, look: Look) -> CardJson:
    """Draw the request that was meant, and exactly what to type for the act, or for what is possible."""
    possible = _possible(request, justification, look)
    rows = {one: meaning for one, meaning in possible.items() if one.startswith(f"/{act} ")} or possible
    to_do = (look.say("To act, type what stands below."),) if rows else ()
    strip = Strip(NOTHING, look.say("Nothing was changed"), (_echo(typed, look), *to_do))
    return _request(request, strip, rows, look)


def topic(record: Record, look: Look) -> CardJson:
    """Draw what can be typed for a request as it stands."""
    possible = _possible(record.request, "", look)
    if record.request.bulk is not None and record.progress is not None:
        possible = _of_list(record.request, look, record.progress)
    return _request(record.request, strip_of(record, look), possible, look)


def _request(request: Request, strip: Strip, rows: dict[str, str], look: Look) -> CardJson:
    body: list[Element] = [*anatomy.request_header(request, look), anatomy.strip(strip)]
    body.append(anatomy.facts([(look.say_as("fact", "State now"), short(request, look))]))
    for typed, meaning in rows.items():
        body += help.row(look.typed(typed), meaning)
    more = _typable(rows, look) if rows else look.say("Nobody has to type anything for it now.")
    if not rows:
        body.append(anatomy.text(more))
    show = Execute(look.say_as("button", "Show request"), "request.view", {"request": request.request_id})
    body.append(or_type(f"/show {request.label}", look))
    about_it = {"state": strip.state, "label": request.label, "deed": deed(request, look), "more": more}
    said = look.say("{state}. {label}: {deed}. {more}", **about_it)
    return anatomy.card(look, spoken(said), body, [show])


def command(word: str, typed: str, look: Look) -> CardJson:
    """Draw how a command is written; `typed` is what came close to it, empty where it was asked for."""
    body: list[Element] = anatomy.header(look.say("Help"), f"/{word}")
    rows = [(one, meaning) for one, meaning in help.COMMANDS if one.split(" ", 1)[0] == f"/{word}"]
    said = _typable(dict(rows), look)
    if typed:
        strip = Strip(NOTHING, look.say("Nothing was changed"), (_echo(typed, look),))
        body.append(anatomy.strip(strip))
        said = look.say("{state}. {more}", state=strip.state, more=said)
    for one, meaning in rows:
        body += help.row(look.typed(one), look.say(meaning))
    for one, meaning in _PARTS if word in _KINDS else ():
        body += help.row(one, look.say(meaning))
    actions = [_fill_in(Kind(word), look)] if word in _KINDS else []
    return anatomy.card(look, spoken(said), body, actions)


def unclear(typed: str, look: Look) -> CardJson:
    """Draw the commands for what could not be read as anything: it was typed, and changed nothing."""
    strip = Strip(NOTHING, look.say("Nothing was changed"), (_echo(typed, look),))
    return help.drawn(look, strip, [_fill_in(Kind.INVITE, look)])


def _fill_in(kind: Kind, look: Look, data: dict[str, str] | None = None) -> OpenDialog:
    return OpenDialog(look.say_as("button", "Fill in"), f"{kind}.open", data or {}, style="positive")


def _echo(typed: str, look: Look) -> str:
    if not typed.strip():
        return look.say("Your message holds no text.")
    shown = typed if len(typed) <= _LONGEST_ECHO else f"{typed[:_LONGEST_ECHO].rstrip()}…"
    return look.say("You typed {words}.", words=quoted(shown, look))


def _typable(rows: dict[str, str], look: Look) -> str:
    return look.say("What you can type: {commands}.", commands=", ".join(look.typed(one) for one in rows))


def _missing(draft: Draft, look: Look, *, asks_why: bool) -> list[str]:
    asked = [
        (draft.address, look.say("The guest's address")),
        (draft.app, look.say("The app")),
        (draft.term, look.say("How long")),
        (draft.justification or not asks_why, look.say("Why the guest needs the app")),
    ]
    return [words for answer, words in asked if not answer]


def _possible(request: Request, justification: str, look: Look) -> dict[str, str]:
    """Return what can be typed for a request in its state, and who may."""
    label, requestor = request.label, request.requestor.name
    if request.state is State.PENDING_APPROVAL:
        who = people(request.approvers, look)
        deny = f"/deny {label} {justification or 'JUSTIFICATION'}"
        return {
            f"/approve {label}": look.say("Approve the request. Who may: {who}.", who=who),
            deny: look.say(
                "Deny it; {name} reads your justification. Who may: {who}.", who=who, name=requestor
            ),
            **_asking(request, look),
            **_lessening(request, who, look),
            f"/cancel {label}": look.say("Cancel the request. Who may: {who}.", who=requestor),
        }
    if request.kind is Kind.REMOVE:
        return _of_removal(request, look)
    if request.bulk is not None:
        return _of_list(request, look)
    if request.failure is not None and too_late(request, request.changed_at, look.ends_in) is None:
        retry = look.say("Take the delivery up again. Who may: {who} or an approver.", who=requestor)
        return {f"/retry {label}": retry}
    if ended.stands_still(request):
        again = look.say("Take the end up again. Who may: {who} or an approver.", who=requestor)
        return {f"/retry {label}": again}
    if request.state is State.DELIVERED and not request.of_no_guest:
        see = look.say("See how it stands with the guest. Who may: {who} or an approver.", who=requestor)
        rows = {f"/guest {label}": see}
        if ended.is_active(request):
            remove = look.say(
                "Remove the access now. Who may: {who}, an approver or an admin.", who=requestor
            )
            rows[f"/remove {label}"] = remove
        elif request.assignment is not None:
            rows[f"/undo {label}"] = look.say("See whether the end can be undone, and what that would give.")
        return rows
    return {}


def _of_removal(request: Request, look: Look) -> dict[str, str]:
    """Return what can be typed for a removal: to go on with what has failed, and the way back."""
    label, given, rows = request.label, request.account, dict[str, str]()
    if stopped_by(request):
        rows[f"/retry {label}"] = look.say("Go on with what has failed.")
    is_out = given is not None and given.state in {AccountState.BLOCKED, AccountState.DELETED}
    if given is not None and is_out and not is_over(given, request.changed_at):
        rows[f"/restore {label}"] = look.say("Give the guest back the account, with what it had.")
        rows[f"/undo {label}"] = look.say("See what an undo would bring back.")
    return rows


def _of_list(request: Request, look: Look, progress: Progress | None = None) -> dict[str, str]:
    said = {
        "pause": look.say("Pause the run of a list that is approved; what is begun is finished."),
        "resume": look.say("Let the run of a list go on."),
        "stop": look.say("End the run of a list for good; whoever has access keeps it."),
        "retry": look.say("Go on with what has failed."),
    }
    return {
        f"/{word} {request.label}": said[word] for word in list_progress.acts(request, progress, look.ends_in)
    }


def _lessening(request: Request, who: str, look: Look) -> dict[str, str]:
    if request.of_no_guest:
        return {}
    return {f"/amend {request.label} for 30d": look.say("Shorten the term. Who may: {who}.", who=who)}


def _asking(request: Request, look: Look) -> dict[str, str]:
    """Return what can be typed to ask back, or to answer."""
    if open_question(request):
        answer = look.say("Answer the question. Who may: {who}.", who=request.requestor.name)
        return {f"/answer {request.label} ANSWER": answer}
    who = people(request.approvers, look)
    ask = look.say("Ask {name} before deciding. Who may: {who}.", name=request.requestor.name, who=who)
    return {f"/ask {request.label} QUESTION": ask}


def _line(draft: Draft) -> str:
    """Return the command in one line, with a word in capitals for what is missing."""
    name = f"{draft.name} <{draft.address}>" if draft.name and draft.address else draft.address
    access = f" as {_quoted(draft.access)}" if draft.access else ""
    term = draft.term if draft.term.startswith("until") else f"for {draft.term or '90d'}"
    answers = "".join(f' with {one}: "{text}"' for one, text in draft.answers.items())
    why = f"{answers} because {draft.justification or 'JUSTIFICATION'}"
    return f"/{draft.kind} {name or 'ADDRESS'} to {_quoted(draft.app or 'APP')}{access} {term}{why}"


def _quoted(name: str) -> str:
    return f'"{name}"' if _SPLITTING & set(name.casefold().split()) else name
