"""Everything that readiness can say has words, and what is typed for a card reads as the same."""

import pytest

from access.rules.because import Because
from access.rules.clues import HolderKind, Unread
from access.rules.conditional_access import Target
from access.rules.model import Give, GiveKind, ObjectId
from access.rules.providers import GOOGLE
from access.rules.readiness import Item, Stands, Topic
from access.rules.setup_plans import Unfit
from access.rules.sign_ins import Foreseen, foresee_all, of_sign_in
from access.rules.tenant_facts import Provider
from cards import sign_ins
from cards.readiness_words import FINE, SAID, said
from tests.cards.checks import RECORDS
from tests.cards.gallery import LOOK
from tests.forecast.building import APP, policy, protection, visitor

ABOUT = dict.fromkeys(("domain", "address", "app", "access", "setup", "line"), "that")
ROLE = Give(GiveKind.APP_ROLE, ObjectId("role"), "Reader")


def words(item: Item) -> tuple[str, ...]:
    shown = said(item, ABOUT, RECORDS, ROLE, LOOK)
    return shown.title, shown.text, shown.to_do


def test_each_cause_and_each_topic_has_words() -> None:
    assert set(SAID) == set(Because)
    assert set(FINE) == set(Topic)


def test_a_forecast_says_that_it_is_of_a_browser_alone() -> None:
    block = policy(clientAppTypes=["mobileAppsAndDesktopClients"])
    seen = foresee_all(visitor(), Target(APP), protection(block))
    assert of_sign_in(seen).stands is Stands.OK
    drawn = "".join(str(one) for one in sign_ins.draw(Foreseen(seen), LOOK))
    assert "In a browser. Apps on a computer or phone may meet other policies." in drawn


@pytest.mark.parametrize("why", list(Unread))
@pytest.mark.parametrize("topic", list(Topic))
def test_what_was_not_checked_says_so_and_by_which_permission(topic: Topic, why: Unread) -> None:
    of = "Policy.Read.All" if why is Unread.PERMISSION else ""
    title, text, to_do = words(Item(topic, Stands.NOT_CHECKED, of=of, unread=why))
    assert title.endswith("not checked")
    assert text
    assert of in to_do
    assert bool(to_do) == (why in {Unread.PERMISSION, Unread.AWAY, Unread.UNCLEAR, Unread.UNDOCUMENTED})


@pytest.mark.parametrize("because", list(Because))
@pytest.mark.parametrize("stands", [Stands.FAILS, Stands.NOTE])
def test_no_words_have_a_gap(because: Because, stands: Stands) -> None:
    for part in words(Item(Topic.APP, stands, because, of="contact Ana")):
        assert "{" not in part


@pytest.mark.parametrize("of", [*Provider, GOOGLE])
def test_who_would_vouch_is_named_in_words(of: str) -> None:
    title, _, _ = words(Item(Topic.PROVIDER, Stands.NOTE, Because.LIKELY, of=of))
    assert of not in title.split()
    assert "likely" in title


@pytest.mark.parametrize("of", [one for one in Unfit if one is not Unfit.UNREAD])
def test_why_a_group_cannot_hold_guests_is_said(of: str) -> None:
    assert of not in words(Item(Topic.GROUP, Stands.FAILS, Because.GROUP_UNFIT, of=of))[1]


@pytest.mark.parametrize("kind", list(HolderKind))
def test_who_holds_the_address_is_named(kind: HolderKind) -> None:
    _, text, _ = words(Item(Topic.COLLISION, Stands.FAILS, Because.HELD_BY_OTHER, of=f"{kind} Ana Ruiz"))
    assert "Ana Ruiz has it" in text
