"""The parts that every card is built of, in the order of the design language; text is escaped here, once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from access.rules.model import Request
from cards.cause_words import Advice
from cards.elements import (
    Action,
    ButtonStyle,
    Card,
    CardJson,
    Column,
    ColumnSet,
    Container,
    Data,
    Element,
    Execute,
    FactSet,
    InputText,
    RichTextBlock,
    ShowCard,
    Spacing,
    Style,
    TextBlock,
    TextRun,
)
from cards.look import Look
from cards.words import LONGEST, cleaned, deed, ends, escaped, last_day, quoted, spoken, term, when

_TYPED = ("\ue000", "\ue001")
"""Stand around what is typed within a text, until it is set apart; no text that is shown holds them."""


@dataclass(frozen=True, slots=True)
class Tone:
    """A state's symbol and tint."""

    symbol: str
    style: Style


WAITING = Tone("○", "accent")
WORKING = Tone("◐", "emphasis")
DONE = Tone("✓", "good")
LOOK_AT = Tone("!", "warning")
FAILED = Tone("✕", "attention")
UNREAD = Tone("?", "emphasis")
NOTHING = Tone("–", "emphasis")


@dataclass(frozen=True, slots=True)
class Strip:
    """The one part that changes colour: the state, and who, when, what next."""

    tone: Tone
    state: str
    sentences: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        return f"{self.tone.symbol} {self.state}"

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


def text(words: str, *, spacing: Spacing = "Medium") -> TextBlock:
    return TextBlock(escaped(words), spacing=spacing)


def header(eyebrow: str, title: str) -> list[Element]:
    """Return what stands above everything: what kind of card it is, and its title."""
    return [
        TextBlock(escaped(eyebrow), size="Small", isSubtle=True),
        TextBlock(escaped(title), size="Large", weight="Bolder", style="heading", spacing="None"),
    ]


def request_header(request: Request, look: Look) -> list[Element]:
    asked = when(request.submitted_at, look, request.changed_at)
    eyebrow = look.say("Request {label} · {when}", label=request.label, when=asked)
    return header(eyebrow, deed(request, look))


def strip(shown: Strip) -> Container:
    lines: list[Element] = [TextBlock(escaped(shown.headline), weight="Bolder")]
    if shown.sentences:
        lines.append(text(shown.text, spacing="None"))
    return Container(lines, style=shown.tone.style, spacing="Medium")


def facts(pairs: Sequence[tuple[str, str]], *, spacing: Spacing = "Medium") -> FactSet:
    return FactSet([(title, escaped(value)) for title, value in pairs], spacing=spacing)


def term_fact(request: Request, look: Look) -> tuple[str, str]:
    """Return how long, and the agreed end once it is delivered."""
    if request.ends_at is None and request.adopted:
        return look.say_as("fact", "Ends"), look.say("No end")
    if extends := request.extends:
        if request.assignment is not None and request.assignment.ended_at is not None:
            was = last_day(extends.was, look)
            return look.say_as("fact", "Ends"), look.say(
                "{was}, as before ({label})", was=was, label=extends.label
            )
        to, was = (last_day(at, look) for at in (extends.to, extends.was))
        moved = look.say("{to}, and no longer {was} ({label})", to=to, was=was, label=extends.label)
        return look.say_as("fact", "New end"), moved
    if request.ends_at is None:
        return look.say_as("fact", "Term"), term(request.term, look)
    if request.assignment is not None and request.assignment.ended_at is not None:
        at = when(request.assignment.ended_at, look, request.changed_at, year=True)
        return look.say_as("fact", "Ended"), at
    return look.say_as("fact", "Ends"), ends(request, look)


def renewal_facts(request: Request, look: Look) -> list[tuple[str, str]]:
    """Return by what an access was last renewed, or who wants it to end as it does."""
    given, shown = request.assignment, list[tuple[str, str]]()
    if given is None:
        return shown
    if given.renewals:
        last = given.renewals[-1]
        at = when(last.at, look, request.changed_at)
        shown.append(
            (look.say_as("fact", "Renewed"), look.say("{when}, by {label}", when=at, label=last.label))
        )
    if given.not_renewed:
        at = when(given.not_renewed.at, look, request.changed_at)
        said = look.say("Not wanted: {who}, {when}", who=given.not_renewed.by.name, when=at)
        shown.append((look.say_as("fact", "Renewal"), said))
    return shown


def sponsor_fact(request: Request, look: Look) -> list[tuple[str, str]]:
    """Return who stands for the guest, where that is not the requestor."""
    return [(look.say_as("fact", "Sponsor"), request.sponsor.name)] if request.sponsor else []


def label(words: str, *, spacing: Spacing = "Medium") -> TextBlock:
    return TextBlock(escaped(words), weight="Bolder", spacing=spacing)


def prose(title: str, words: str, look: Look) -> list[Element]:
    """Return what somebody wrote, in quotation marks under its label; nothing when nothing was written."""
    if not cleaned(words):
        return []
    return [label(title), RichTextBlock([TextRun(quoted(words, look))], spacing="None")]


def row(symbol: str, words: str, note: str = "") -> ColumnSet:
    """Return a line with its symbol, such as a step."""
    runs = [TextRun(cleaned(words))]
    if note:
        runs.append(TextRun(f" ·\u00a0{cleaned(note)}", isSubtle=True))
    mark = TextBlock(symbol, weight="Bolder", horizontalAlignment="Center")
    columns = [Column("20px", [mark]), Column("stretch", [RichTextBlock(runs)], spacing="Small")]
    return ColumnSet(columns, spacing="Small")


def advice(words: Advice, look: Look, *, with_to_do: bool) -> list[Element]:
    """Return the cause and, for those who can do something, what to do."""
    shown: list[Element] = [label(look.say("Cause")), text(words.cause, spacing="None")]
    if not with_to_do:
        return shown
    return [*shown, *what_to_do(words.to_do, look)]


def what_to_do(words: Sequence[str], look: Look) -> list[Element]:
    points = [escaped(point) for point in words]
    if len(points) > 1:
        points = [f"{place}. {point}" for place, point in enumerate(points, start=1)]
    return [label(look.say("What to do")), TextBlock("\r".join(points), spacing="None")]


def command(line: str, look: Look) -> str:
    """Return a command as it is typed here, to stand in a text of the small print."""
    return literal(look.typed(line))


def literal(words: str) -> str:
    """Return what is written letter by letter, to stand in a text of the small print."""
    before, after = _TYPED
    return f"{before}{cleaned(words)}{after}"


def small_print(said: str) -> RichTextBlock:
    """Return the typed twins: words as text, and each `literal` in them letter by letter."""
    runs = []
    for place, part in enumerate(re.split(f"[{''.join(_TYPED)}]", said)):
        if part and place % 2:
            runs.append(TextRun(part, size="Small", isSubtle=True, fontType="Monospace"))
        elif part:
            runs.append(TextRun(part, size="Small", isSubtle=True))
    return RichTextBlock(runs, separator=True, spacing="Medium")


def turning(verb: str, page: int, pages: int, look: Look, **about: str) -> list[Action]:
    """Return the buttons that lead to the next and the previous page, where there are such."""
    turns: list[Action] = []
    if page < pages:
        turns.append(Execute(look.say_as("button", "Next page"), verb, {"page": page + 1, **about}))
    if page > 1:
        turns.append(Execute(look.say_as("button", "Previous page"), verb, {"page": page - 1, **about}))
    return turns


def aloud(shown: Strip, look: Look, request: Request | None = None) -> str:
    """Return a strip as it is read aloud, with the request that it belongs to."""
    if request is None:
        return spoken(look.say("{state}. {more}", state=shown.state, more=shown.text))
    about = {"label": request.label, "deed": deed(request, look)}
    return spoken(look.say("{state}. {label}: {deed}. {more}", state=shown.state, more=shown.text, **about))


def card(
    look: Look,
    aloud: str,
    body: Sequence[Element],
    actions: Sequence[Action] = (),
    *,
    refresh: tuple[str, Data] | None = None,
) -> CardJson:
    """Return a whole card; `refresh` is the verb and data of the view that Teams fetches, if for anybody."""
    fetched = None
    if refresh and look.refresh:
        fetched = (look.say_as("button", "Refresh"), *refresh, look.refresh)
    return Card(cleaned(aloud), body, actions, language=look.language, refresh=fetched).to_dict()


def written(
    title: str, field: str, label: str, missing: str, sends: Execute, *, style: ButtonStyle | None = None
) -> ShowCard:
    """Return a button that opens a field for somebody's own words, which another button sends."""
    words = InputText(
        field, label, isMultiline=True, maxLength=LONGEST, isRequired=True, errorMessage=missing
    )
    return ShowCard(title, [words], sends, text=title, style=style)


def data_of(request: Request) -> Data:
    """Return what a request's buttons carry; the server believes none of it."""
    return {"request": request.request_id, "plan": request.plan.hash if request.plan else ""}
