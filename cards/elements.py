"""Adaptive Cards 1.5 as Teams takes them, on top of a package that knows 1.2 without inputs and actions.

The only importer of `adaptivecards`, which drops what it does not know in silence: here an unknown property
is a TypeError. Properties have their JSON spelling, so that there is one.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, TypeAlias, TypedDict, Unpack, cast

from adaptivecards.adaptivecard import AdaptiveCard
from adaptivecards.baseobject import BareObject
from adaptivecards.baseobject import Element as _Element
from adaptivecards.containers import ActionSet as _ActionSet
from adaptivecards.containers import Column as _Column
from adaptivecards.containers import ColumnSet as _ColumnSet
from adaptivecards.containers import Container as _Container
from adaptivecards.containers import FactSet as _FactSet
from adaptivecards.elements import RichTextBlock as _RichTextBlock
from adaptivecards.elements import TextBlock as _TextBlock
from adaptivecards.elements import TextRun as _TextRun

Element: TypeAlias = _Element
CardJson = dict[str, Any]
Data = Mapping[str, Any]
Spacing = Literal["None", "Small", "Medium"]
Style = Literal["accent", "emphasis", "good", "warning", "attention"]
ButtonStyle = Literal["positive", "destructive"]

VERSION = "1.5"
MOST_REFRESHED = 60
"""Teams refreshes a card by itself for at most this many people."""


class Placed(TypedDict, total=False):
    """What every element takes."""

    id: str
    isVisible: bool
    separator: bool
    spacing: Spacing


class Written(TypedDict, total=False):
    """What text takes, in blocks and runs."""

    size: Literal["Small", "Large"]
    weight: Literal["Bolder"]
    color: Literal["Attention"]
    isSubtle: bool
    fontType: Literal["Monospace"]


class Block(Placed, Written, total=False):
    style: Literal["heading"]
    horizontalAlignment: Literal["Center", "Right"]


class Boxed(Placed, total=False):
    style: Style
    selectAction: "Execute"


class Answered(TypedDict, total=False):
    """What every input takes besides its id and label."""

    isRequired: bool
    errorMessage: str
    placeholder: str
    value: str
    spacing: Spacing


class AnsweredText(Answered, total=False):
    style: Literal["Email"]
    isMultiline: bool
    maxLength: int


def _put(node: Any, allowed: type, properties: Mapping[str, Any], **fixed: Any) -> None:
    """Write properties into a node of the package, refusing those that `allowed` does not declare."""
    for name, value in fixed.items():
        node.set_data(name, value)
    for name, value in properties.items():
        if name not in allowed.__annotations__:
            raise TypeError(f"{type(node).__name__} has no {name}")
        node.set_data(name, value.render() if isinstance(value, BareObject) else value)


def _drawn(parts: Sequence[BareObject]) -> list[CardJson]:
    return [part.render() for part in parts]


class TextBlock(_TextBlock):
    """Text that wraps; knows markdown."""

    def __init__(self, text: str, **properties: Unpack[Block]) -> None:
        super().__init__()
        _put(self, Block, properties, text=text, wrap=True)


class TextRun(_TextRun):
    """A stretch of text in a RichTextBlock; knows no markdown."""

    def __init__(self, text: str, **properties: Unpack[Written]) -> None:
        super().__init__()
        _put(self, Written, properties, text=text)


class RichTextBlock(_RichTextBlock):
    def __init__(self, inlines: Sequence[TextRun], **properties: Unpack[Placed]) -> None:
        super().__init__()
        _put(self, Placed, properties, inlines=_drawn(inlines))


class Container(_Container):
    def __init__(self, items: Sequence[Element], **properties: Unpack[Boxed]) -> None:
        super().__init__()
        _put(self, Boxed, properties, items=_drawn(items))


class Column(_Column):
    """A column; `width` is `auto`, `stretch` or pixels such as `20px`."""

    def __init__(self, width: str, items: Sequence[Element], **properties: Unpack[Placed]) -> None:
        super().__init__()
        _put(self, Placed, properties, width=width, items=_drawn(items))


class ColumnSet(_ColumnSet):
    def __init__(self, columns: Sequence[Column], **properties: Unpack[Placed]) -> None:
        super().__init__()
        _put(self, Placed, properties, columns=_drawn(columns))


class FactSet(_FactSet):
    def __init__(self, facts: Sequence[tuple[str, str]], **properties: Unpack[Placed]) -> None:
        super().__init__()
        _put(self, Placed, properties, facts=[{"title": title, "value": value} for title, value in facts])


class ActionSet(_ActionSet):
    def __init__(self, actions: Sequence["Action"], **properties: Unpack[Placed]) -> None:
        super().__init__()
        _put(self, Placed, properties, actions=_drawn(actions))


class _Input(Element):
    """An input, which the package has none of."""

    takes: ClassVar[type] = Answered

    def _ask(self, id_: str, label: str, properties: Mapping[str, Any], **fixed: Any) -> None:
        if not id_ or not label:
            raise TypeError(f"{type(self).__name__} needs an id and a label")
        if properties.get("isRequired") and not properties.get("errorMessage"):
            raise TypeError(f"{type(self).__name__} {id_} is required, so it needs an errorMessage")
        _put(self, self.takes, properties, id=id_, label=label, **fixed)


class InputText(_Input):
    element_type = "Input.Text"
    takes = AnsweredText

    def __init__(self, id_: str, label: str, **properties: Unpack[AnsweredText]) -> None:
        super().__init__()
        self._ask(id_, label, properties)


class InputDate(_Input):
    element_type = "Input.Date"

    def __init__(self, id_: str, label: str, **properties: Unpack[Answered]) -> None:
        super().__init__()
        self._ask(id_, label, properties)


class InputChoice(_Input):
    """A choice among (title, value) pairs, or typeahead over a dataset of the bot's or of Teams' own."""

    element_type = "Input.ChoiceSet"

    def __init__(
        self,
        id_: str,
        label: str,
        choices: Sequence[tuple[str, str]],
        *,
        dataset: str = "",
        with_other_inputs: bool = False,
        several: bool = False,
        **properties: Unpack[Answered],
    ) -> None:
        super().__init__()
        rows = [{"title": title, "value": value} for title, value in choices]
        style = "filtered" if dataset else "expanded" if several else "compact"
        self._ask(id_, label, properties, style=style, choices=rows)
        if several:
            self.set_data("isMultiSelect", True)
            self.set_data("wrap", True)
        if dataset:
            query = {"type": "Data.Query", "dataset": dataset, "count": 15}
            self.set_data("choices.data", query | ({"associatedInputs": "auto"} if with_other_inputs else {}))


class Action(BareObject):
    """A button, which the package has none of."""

    def _press(self, kind: str, title: str, style: ButtonStyle | None, **rest: Any) -> None:
        if not title:
            raise TypeError(f"{kind} needs a title")
        styled = {"style": style} if style else {}
        for name, value in {"type": kind, "title": title, **rest, **styled}.items():
            self.set_data(name, value)


class Execute(Action):
    """A button that acts, with the Action.Submit for clients that do not know it."""

    def __init__(self, title: str, verb: str, data: Data, *, style: ButtonStyle | None = None) -> None:
        super().__init__()
        if not verb:
            raise TypeError(f"Action.Execute {title!r} needs a verb")
        old = Submit(title, {"verb": verb, **data})
        self._press("Action.Execute", title, style, verb=verb, data=dict(data), fallback=old.render())


class Submit(Action):
    """A button that sends a dialog."""

    def __init__(self, title: str, data: Data, *, style: ButtonStyle | None = None) -> None:
        super().__init__()
        if not data.get("verb"):
            raise TypeError(f"Action.Submit {title!r} needs a verb in its data")
        self._press("Action.Submit", title, style, data=dict(data))


class OpenDialog(Submit):
    """A button that opens a dialog."""

    def __init__(self, title: str, verb: str, data: Data, *, style: ButtonStyle | None = None) -> None:
        super().__init__(title, {**data, "verb": verb, "msteams": {"type": "task/fetch"}}, style=style)


class ToggleVisibility(Action):
    def __init__(self, title: str, target: str) -> None:
        super().__init__()
        self._press("Action.ToggleVisibility", title, None, targetElements=[target])


class ShowCard(Action):
    """A button that opens a part of the card: a confirmation, or one field and its button."""

    def __init__(
        self, title: str, body: Sequence[Element], action: Execute, *, text: str, style: ButtonStyle | None
    ) -> None:
        super().__init__()
        inner = {"type": "AdaptiveCard", "version": VERSION, "fallbackText": text}
        self._press(
            "Action.ShowCard",
            title,
            style,
            card={**inner, "body": _drawn(body), "actions": [action.render()]},
        )


class Card(AdaptiveCard):
    """A whole card; `text` is what is read aloud, and shown where the card cannot be.

    `refresh` is the title, verb and data of the view that Teams fetches for these people by itself.
    """

    def __init__(
        self,
        text: str,
        body: Sequence[Element],
        actions: Sequence[Action] = (),
        *,
        language: str,
        refresh: tuple[str, str, Data, Sequence[str]] | None = None,
    ) -> None:
        super().__init__()
        head = {"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "version": VERSION}
        for name, value in {**head, "lang": language, "fallbackText": text, "speak": text}.items():
            self.set_data(name, value)
        if refresh:
            self.set_data("refresh", _refresh(*refresh))
        self.set_data("body", _drawn(body))
        if actions:
            self.set_data("actions", _drawn(actions))

    def to_dict(self) -> CardJson:
        """Return the card as plain data, ready for JSON."""
        return cast("CardJson", self.render())


def _refresh(title: str, verb: str, data: Data, people: Sequence[str]) -> CardJson:
    if len(people) > MOST_REFRESHED:
        raise ValueError(f"{len(people)} people to refresh for; Teams takes {MOST_REFRESHED}")
    action = {"type": "Action.Execute", "title": title, "verb": verb, "data": dict(data)}
    return {"action": action, "userIds": list(people)}
