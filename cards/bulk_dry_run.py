"""What would become of a list of guests: counts, domains and some samples, before anything is sent."""

from collections.abc import Sequence
from itertools import islice

from access.rules.lists import GuestList
from access.rules.verdicts import GOES, Judged, Verdict, by_domain, counts
from cards import anatomy, verdict_words
from cards.anatomy import DONE, NOTHING, WAITING, Strip, command
from cards.bulk_form import LIST, Filled, data_of
from cards.elements import Action, CardJson, Element, Execute, OpenDialog
from cards.look import Look
from cards.words import access, cleaned, either, people, term

SAMPLES = 3
_DOMAINS = 8
_LONGEST = 80
_CODE = 8
"""Letters of a list's id by which it is called: of a day's lists no two begin alike."""


def code_of(made: GuestList) -> str:
    return made.list_id[:_CODE]


def draw(made: GuestList, filled: Filled, look: Look) -> CardJson:
    """Draw it for whoever brought the list; `filled` is what the form goes on with."""
    found, goes = counts(made.rows), sum(1 for _ in made.going)
    shown = _strip(made, goes, look)
    title = look.count("1 guest for {app}", "{number} guests for {app}", len(made.rows), app=made.app.name)
    body: list[Element] = [*anatomy.header(look.say("Many guests · dry run"), title), anatomy.strip(shown)]
    body.append(anatomy.facts(_facts(made, look)))
    for going, heading in ((True, look.say("What is asked for")), (False, look.say("What is not"))):
        if those := [one for one in found if (one in GOES) is going]:
            body.append(anatomy.label(heading))
            for verdict in those:
                body += _of(verdict, found[verdict], made.rows, look)
    if goes:
        body.append(anatomy.label(look.say("Domains")))
        body.append(anatomy.text(domains(by_domain(made.rows), look), spacing="None"))
    body += anatomy.prose(look.say("Justification"), made.justification, look)
    body += anatomy.prose(look.say("Personal message"), made.message, look)
    body.append(anatomy.small_print(_typed(made, look)))
    return anatomy.card(look, anatomy.aloud(shown, look), body, _buttons(made, filled, look))


def _strip(made: GuestList, goes: int, look: Look) -> Strip:
    rows = len(made.rows)
    if not goes:
        why = look.say("None of these guests can be asked for. Below stands why, and what to do.")
        return Strip(NOTHING, look.say("Nothing to send"), (why,))
    values = {"rows": rows}
    state = look.count("1 of {rows} can be sent", "{number} of {rows} can be sent", goes, **values)
    said = [look.say("Nothing is sent yet.")]
    if made.deciders:
        said.append(look.say("{people} decides about all at once.", people=people(made.deciders, look)))
    return Strip(DONE if goes == rows else WAITING, state, tuple(said))


def _facts(made: GuestList, look: Look) -> list[tuple[str, str]]:
    facts = [
        (look.say_as("fact", "App"), made.app.name),
        (look.say_as("fact", "Access"), access(made.give, look)),
        (look.say_as("fact", "Term"), term(made.term, look)),
    ]
    name = cleaned(made.file)[-_LONGEST:]
    return [*facts, (look.say_as("fact", "File"), name)] if name else facts


def _of(verdict: Verdict, number: int, rows: Sequence[Judged], look: Look) -> list[Element]:
    """Return how many rows have a verdict, the first of them, and what to do."""
    symbol = DONE.symbol if verdict in GOES else NOTHING.symbol
    first = list(islice((one for one in rows if one.verdict is verdict), SAMPLES))
    shown = "; ".join(_sample(one, look) for one in first)
    more = look.say("{samples}; and more", samples=shown) if number > len(first) else shown
    said = verdict_words.counted(verdict, number, look)
    if advice := verdict_words.to_do(verdict, look):
        said = look.say("{count}. {advice}", count=said, advice=advice)
    return [anatomy.row(symbol, said, more)]


def _sample(row: Judged, look: Look) -> str:
    shown = cleaned(row.address or row.written)[:_LONGEST] or look.say("nothing")
    if row.verdict is Verdict.DUPLICATE:
        values = {"row": row.number, "first": row.hint, "address": shown}
        return look.say("row {row}: {address}, as in row {first}", **values)
    if row.verdict is Verdict.ASKED:
        return look.say("row {row}: {address}, by {label}", row=row.number, address=shown, label=row.hint)
    return look.say("row {row}: {address}", row=row.number, address=shown)


def domains(found: Sequence[tuple[str, int]], look: Look) -> str:
    """Return the domains, those with the most rows first."""
    named = [f"{cleaned(one)} ({number})" for one, number in found[:_DOMAINS]]
    listed = ", ".join(named)
    if more := len(found) - len(named):
        return look.count("{domains} and 1 other", "{domains} and {number} others", more, domains=listed)
    return listed


def _buttons(made: GuestList, filled: Filled, look: Look) -> list[Action]:
    change = OpenDialog(look.say_as("button", "Change"), "bulk.open", data_of(filled))
    file = Execute(look.say_as("button", "As a file"), "bulk.file", {LIST: made.list_id})
    if not any(made.going):
        return [change, file]
    send = Execute(
        look.say_as("button", "Send for approval"), "bulk.send", {LIST: made.list_id}, style="positive"
    )
    return [send, change, file]


def _typed(made: GuestList, look: Look) -> str:
    code = code_of(made)
    lines = [f"/bulk send {code}"] if any(made.going) else []
    lines += [f"/bulk change {code}", f"/bulk file {code}"]
    return look.say("Or type {command}.", command=either([command(one, look) for one in lines], look))
