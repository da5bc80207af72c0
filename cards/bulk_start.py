"""What `/bulk` and a file are answered with before anybody has looked at the guests."""

from collections.abc import Sequence

from access.rules.attached import WhyNotFetched
from access.rules.list_rows import Noticed, Unreadable
from access.rules.refusals import Problem
from cards import anatomy, bulk_form, bulk_unread
from cards.anatomy import DONE, FAILED, LOOK_AT, NOTHING, WORKING, Strip
from cards.approval import or_type
from cards.bulk_form import Filled, data_of
from cards.elements import Action, CardJson, Element, OpenDialog
from cards.look import Look
from cards.problems import sentence
from cards.words import both, cleaned

_LINE = "/bulk ana@fabrikam.com bo@fabrikam.com to Health Records for 90d because JUSTIFICATION"
_LONGEST = 60


def start(filled: Filled, look: Look) -> CardJson:
    """Draw what `/bulk` alone, or with what can be filled in, is answered with."""
    said = look.say(
        "Send a CSV or XLSX in this chat, or fill in the guests, with one app, term and justification for "
        "all. Nothing is sent before you have seen what would become of each."
    )
    body: list[Element] = [*_header(look), anatomy.text(said)]
    return _with_form(body, said, filled, look)


def received(count: int, file: str, noticed: Noticed, filled: Filled, look: Look) -> CardJson:
    """Draw that a file was read, how, and the form that goes on with its rows."""
    rows = bulk_form.kept_rows(count, file, look)
    then = look.say("Now say for which app, how long and why.")
    shown = Strip(DONE, look.say("The file is read"), (f"{rows}.", then))
    body: list[Element] = [*_header(look), anatomy.strip(shown)]
    body += [anatomy.row(LOOK_AT.symbol, one) for one in _noticed(noticed, look)]
    return _with_form(body, anatomy.aloud(shown, look), filled, look)


def reading(file: str, look: Look) -> CardJson:
    """Draw that a file is fetched and read."""
    again = look.say(
        "It takes up to a minute. If this stays as it is, Guestlist was restarted: send the file again."
    )
    return _alone(Strip(WORKING, look.say("The file is being read"), (again,)), look, _name(file))


def unread(wrong: Unreadable | WhyNotFetched, file: str, look: Look) -> CardJson:
    """Draw why a file, or what was typed, is not used."""
    state = look.say("The file was not read") if file else look.say("The list was not read")
    shown = Strip(FAILED, state, (bulk_unread.sentence(wrong, look),))
    return _alone(shown, look, _name(file))


def not_now(look: Look) -> CardJson:
    """Draw that the list could not be kept."""
    state = look.say("Nothing was kept")
    again = look.say("Guestlist's own database does not answer. Send the list again in a minute.")
    return _alone(Strip(FAILED, state, (again,)), look)


def looking(count: int, filled: Filled, look: Look) -> CardJson:
    """Draw that the rows are looked at."""
    state = look.count("1 guest is being looked at", "{number} guests are being looked at", count)
    again = look.say(
        "It takes up to a minute. If this stays as it is, Guestlist was restarted: press {button} again.",
        button=look.say_as("button", "Fill in"),
    )
    shown = Strip(WORKING, state, (again,))
    return _with_form([*_header(look), anatomy.strip(shown)], anatomy.aloud(shown, look), filled, look)


def not_looked_at(problems: Sequence[Problem], filled: Filled, look: Look) -> CardJson:
    """Draw what is wrong with what is asked for, or why nobody could look."""
    wrong = dict.fromkeys(sentence(one, look) for one in problems)
    shown = Strip(FAILED, look.say("Not looked at"), (*wrong, look.say("Everything you typed is kept.")))
    return _with_form([*_header(look), anatomy.strip(shown)], anatomy.aloud(shown, look), filled, look)


def gone(look: Look) -> CardJson:
    """Draw that a list is not kept any more, or is none of theirs."""
    again = look.say(
        "A list is kept for a day. Send the file again, or type {command}.", command=look.typed("/bulk")
    )
    return _alone(Strip(NOTHING, look.say("There is no such list"), (again,)), look)


def _header(look: Look) -> list[Element]:
    return anatomy.header(look.say("Many guests"), bulk_form.title(look))


def _alone(shown: Strip, look: Look, file: str = "") -> CardJson:
    body: list[Element] = [*_header(look), anatomy.strip(shown)]
    if file:
        body.append(anatomy.facts([(look.say_as("fact", "File"), file)]))
    return anatomy.card(look, anatomy.aloud(shown, look), body)


def _with_form(body: list[Element], said: str, filled: Filled, look: Look) -> CardJson:
    body.append(or_type(_LINE, look))
    return anatomy.card(look, said, body, [fill_in(filled, look)])


def fill_in(filled: Filled, look: Look) -> Action:
    return OpenDialog(look.say_as("button", "Fill in"), "bulk.open", data_of(filled), style="positive")


def _name(file: str) -> str:
    return cleaned(file)[-_LONGEST:]


def _noticed(noticed: Noticed, look: Look) -> list[str]:
    """Return what was read in another way than somebody may think."""
    said = []
    if noticed.other_sheets:
        sheet = cleaned(noticed.sheet)[:_LONGEST]
        said.append(look.say("Only the first sheet was read: {sheet}.", sheet=sheet))
    if noticed.ignored:
        names = both([cleaned(one)[:_LONGEST] for one in noticed.ignored], look)
        said.append(look.say("Not used: {columns}.", columns=names))
    if noticed.passed_over:
        said.append(
            look.count(
                "1 line without a guest was left out.",
                "{number} lines without a guest were left out.",
                noticed.passed_over,
            )
        )
    if noticed.encoding == "cp1252":
        said.append(look.say("It is no UTF-8: look whether names with accents are right."))
    return said
