from typing import Any

import pytest

from cards.elements import Card, Execute, InputDate, InputText, ShowCard, Submit, TextBlock


def test_an_unknown_property_is_refused_and_not_dropped() -> None:
    colour: dict[str, Any] = {"colour": "Good"}
    longest: dict[str, Any] = {"maxLength": 3}
    with pytest.raises(TypeError, match="TextBlock has no colour"):
        TextBlock("x", **colour)
    with pytest.raises(TypeError, match="InputDate has no maxLength"):
        InputDate("until", "Until", **longest)


def test_an_input_needs_an_id_a_label_and_words_for_when_it_is_empty() -> None:
    with pytest.raises(TypeError, match="id and a label"):
        InputText("", "Name")
    with pytest.raises(TypeError, match="id and a label"):
        InputText("name", "")
    with pytest.raises(TypeError, match="errorMessage"):
        InputText("name", "Name", isRequired=True)


def test_a_button_that_acts_needs_a_verb_and_a_title() -> None:
    with pytest.raises(TypeError, match="verb"):
        Execute("Approve", "", {})
    with pytest.raises(TypeError, match="verb"):
        Submit("Send", {})
    with pytest.raises(TypeError, match="title"):
        Execute("", "approval.approve", {})


def test_a_card_is_refreshed_for_at_most_sixty_people() -> None:
    people = [f"29:{place}" for place in range(61)]
    Card("x", [TextBlock("x")], language="en", refresh=("Refresh", "request.view", {}, people[:60]))
    with pytest.raises(ValueError, match="61 people"):
        Card("x", [TextBlock("x")], language="en", refresh=("Refresh", "request.view", {}, people))


def test_a_card_becomes_plain_data_however_deep_its_parts_are() -> None:
    deny = Execute("Deny request", "approval.deny", {"request": "1"}, style="destructive")
    show = ShowCard("Deny", [InputText("justification", "Why")], deny, text="Deny", style="destructive")
    card = Card("x", [TextBlock("Grüße 李", size="Small")], [show], language="en").to_dict()
    assert card["body"] == [{"type": "TextBlock", "text": "Grüße 李", "wrap": True, "size": "Small"}]
    inner = card["actions"][0]["card"]
    assert inner["body"][0] == {"type": "Input.Text", "id": "justification", "label": "Why"}
    assert inner["actions"][0]["fallback"]["data"] == {"verb": "approval.deny", "request": "1"}
