"""The card of `/setup` where the tenant has hundreds of everything: what matters first, the rest counted."""

import json
from dataclasses import replace
from typing import Any

import pytest

from access.rules.causes import Cause
from access.rules.delivery import StepDone
from access.rules.model import AppRole, Group, Named, ObjectId, Setup
from access.rules.setup_plans import AppAsSet, Unfit, WhyNoSetup, adopting, making, still_holds
from cards import setup
from cards.draw import draw
from tests.cards.gallery import LOOK
from tests.cards.setups import (
    CLOSED,
    LIDIA,
    PORTAL,
    READER,
    THERE,
    approved,
    facts,
    shown,
    stepped,
    waiting,
)
from tests.clinic import spoken

MANY = 300


def _id(kind: str, number: int) -> ObjectId:
    return ObjectId(f"{kind}{number:035d}")


def tenant(name: str = "", **changes: Any) -> AppAsSet:
    """Return an app with hundreds of groups, owners and roles, each called by its number or all `name`."""
    groups = tuple(
        replace(THERE, group=Group(_id("g", number), name or f"Group {number:03}"), opens=number)
        for number in reversed(range(MANY))
    )
    owners = tuple(Named(_id("o", number), name or f"Owner {number:03}") for number in range(MANY))
    roles = tuple(AppRole(_id("r", number), name or f"Role {number:03}") for number in range(MANY))
    app = replace(PORTAL, name=name or PORTAL.name, roles=roles)
    return facts(**{"app": app, "groups": groups, "owners": owners, **changes})


def size(card: Any) -> int:
    return len(json.dumps(card, ensure_ascii=False).encode())


@pytest.mark.parametrize("name", ["", "字" * 256])
@pytest.mark.parametrize("unfit", [None, *Unfit])
@pytest.mark.parametrize("refused", [None, WhyNoSetup.NO_SUCH_GROUP, WhyNoSetup.NO_SUCH_ROLE])
def test_the_card_fits_into_a_message_whatever_the_tenant_has(
    name: str, unfit: Unfit | None, refused: WhyNoSetup | None
) -> None:
    found = tenant(name)
    found = replace(found, groups=tuple(replace(one, unfit=unfit) for one in found.groups))
    assert size(setup.preview(shown(found, refused=refused), LOOK)) < 28 * 1024


def test_what_was_asked_for_fits_into_a_message_too() -> None:
    found = tenant("字" * 256)
    for wanted in (making("字" * 107, found.roles[0], found), adopting(found.groups[0], found)):
        record = approved(waiting(wanted, found))
        for one in (waiting(wanted, found), record):
            for audience in ("thread", "requestor", f"approver/{LIDIA.object_id}"):
                assert size(draw(one, audience, LOOK)) < 28 * 1024


def test_those_that_need_the_least_come_first_and_the_rest_are_counted() -> None:
    found = tenant()
    card = setup.preview(shown(replace(found, groups=(*CLOSED, *found.groups))), LOOK)
    said = spoken({"card": card})
    assert "Group 000" in said
    assert "Group 299" not in said
    assert "All Clinicians" not in said
    assert "And 298 more groups: 292 take guests." in said
    assert "299 more groups can be adopted in this way." in said
    [groups, roles] = [one for one in card["body"] if one["type"] == "Input.ChoiceSet"]
    assert [one["title"] for one in groups["choices"]] == [f"Group {number:03}" for number in range(10)]
    assert len(roles["choices"]) == 10
    assert said.count("And 290 more can be typed.") == 2


def test_the_group_that_the_policy_gives_stands_first() -> None:
    found = tenant()
    given = _id("g", 299)
    said = spoken({"card": setup.preview(shown(found, gives=frozenset({given})), LOOK)})
    assert said.index("Group 299") < said.index("Group 000")


def asked(owners: tuple[Named, ...]) -> Setup:
    return making("Portal guests", READER, facts(owners=owners))


def test_owners_are_compared_as_a_set_however_many_there_are() -> None:
    owners = tenant().owners
    for several in (owners, owners[:20], owners[:2]):
        wanted = asked(several)
        assert still_holds(wanted, facts(owners=several))
        assert still_holds(wanted, facts(owners=tuple(reversed(several))))


def test_an_owner_who_came_or_went_is_a_change() -> None:
    owners = tenant().owners
    assert not still_holds(asked(owners[:2]), facts(owners=owners[:3]))
    assert not still_holds(asked(owners[:3]), facts(owners=owners[:2]))
    assert not still_holds(asked(owners), facts(owners=owners[1:]))


def test_a_set_up_that_stands_still_fits_into_a_message() -> None:
    found = tenant("字" * 256, rights=frozenset())
    record = stepped(
        approved(waiting(making("字" * 107, found.roles[0], found), found)),
        StepDone(group_id=_id("g", 1)),
        StepDone(by_hand=True),
        StepDone(by_hand=True),
        Cause.BY_HAND,
    )
    for audience in ("thread", "requestor", f"approver/{LIDIA.object_id}"):
        assert size(draw(record, audience, LOOK)) < 28 * 1024
