"""The inputs of the request form that find people: a guest of the directory, a sponsor, whom to ask first."""

from collections.abc import Mapping, Sequence
from typing import Any

from access.rules.draft import Draft
from cards.elements import InputChoice
from cards.look import Look
from cards.words import cleaned

_PEOPLE = "graph.microsoft.com/users"
"""The dataset that Teams itself answers, with the members of the organisation."""


def guest(draft: Draft, look: Look) -> InputChoice:
    return InputChoice(
        "address",
        look.say_as("fact", "Guest"),
        _chosen([draft.address], {}),
        dataset="guests",
        placeholder=look.say("Type to search the guests"),
        isRequired=True,
        errorMessage=look.say("Choose a guest from the list."),
        spacing="Medium",
        **_value(draft.address),
    )


def sponsor(draft: Draft, names: Mapping[str, str], look: Look) -> InputChoice:
    return InputChoice(
        "sponsor",
        look.say("Sponsor (optional)"),
        _chosen([draft.sponsor], names),
        dataset=_PEOPLE,
        placeholder=look.say("You, where you choose nobody"),
        spacing="Medium",
        **_value(draft.sponsor),
    )


def ask_first(draft: Draft, names: Mapping[str, str], look: Look) -> InputChoice:
    return InputChoice(
        "ask_first",
        look.say("Ask first (optional)"),
        _chosen(draft.ask_first.split(","), names),
        dataset=_PEOPLE,
        several=True,
        placeholder=look.say("Everybody who may decide"),
        spacing="Medium",
        **_value(draft.ask_first),
    )


def delegate(chosen: str, name: str, look: Look) -> InputChoice:
    return InputChoice(
        "to",
        look.say("Who decides for you"),
        _chosen([chosen], {chosen: name}),
        dataset=_PEOPLE,
        placeholder=look.say("Type to search people"),
        isRequired=True,
        errorMessage=look.say("Choose somebody from the list."),
        spacing="Medium",
        **_value(chosen),
    )


def _value(text: str) -> dict[str, Any]:
    return {"value": text} if text else {}


def _chosen(values: Sequence[str], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the choices that keep what is chosen selectable before anything is searched."""
    return [(cleaned(names.get(one) or one), one) for one in values if one]
