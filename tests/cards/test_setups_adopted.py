"""What an adopted group opens and whose it was is approved with it, and whom a set-up shuts out is read."""

from dataclasses import replace

from access.rules.model import Named, ObjectId
from access.rules.setup_plans import OPENS, OWNED_BY, adopting, make_plan
from cards.setup_request import draw
from tests.cards.gallery import LOOK
from tests.cards.setups import ALEX, THERE, facts, waiting

DIEGO = Named(ObjectId("diego"), "Diego Siciliani")
FINANCE = replace(THERE, opens=7, owners=(ALEX, DIEGO))


def test_the_plan_is_another_once_the_group_opens_more_or_is_others() -> None:
    usual, moved = (
        make_plan(adopting(one, facts(groups=(one,))), facts(groups=(one,)), "") for one in (THERE, FINANCE)
    )
    assert (usual.parts[OPENS], OWNED_BY in usual.parts) == ("2", False)
    assert (moved.parts[OPENS], moved.parts[OWNED_BY]) == ("7", DIEGO.name)
    assert moved.hash != usual.hash


def test_who_decides_reads_all_three() -> None:
    found = facts(groups=(FINANCE,))
    record = waiting(adopting(FINANCE, found), found)
    said = str(draw(record, "approver/lidia", LOOK))
    assert "So far the group is owned by Diego Siciliani." in said
    assert "7 other apps too" in said
    assert "only who is assigned gets into Patient Portal, of the staff too" in said
