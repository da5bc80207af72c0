"""An access ends: by its term, or because somebody removes it, typed or pressed; and who may not.

The signed calls of the channel go by the host's clock, so here it is the access that is made older.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from access.rules import lasting
from access.rules.changing import newer
from access.rules.model import AuditFact, Change, Record
from tests.clinic import INVITE, POLICY, Clinic, open_clinic, spoken
from tests.journeys.acts import (
    ana_is_given_health_records,
    audited,
    button,
    send,
    settled,
    shown,
    told,
)
from tests.journeys.test_waiting_too_long import NEVER_QUIET, QUIET

ANA = "ana@fabrikam.com"
REMOVE = f'/remove {ANA} from "Health Records"'
NONE = "you have no guest with this address and such an access"


async def record(clinic: Clinic) -> Record:
    (found, *_) = await clinic.guestlist.store.requested_by(clinic.story.person("megan")["id"], 10)
    assert isinstance(found, Record)
    return found


async def ages(clinic: Clinic, by: timedelta, number: int = 1001) -> None:
    """Let the access have begun so much earlier."""

    def older(record: Record, now: Any) -> Change:
        before = record.request
        assert before.delivered_at is not None
        assert before.ends_at is not None
        request = newer(before, now, delivered_at=before.delivered_at - by, ends_at=before.ends_at - by)
        fact = AuditFact(what="a.test", request_id=request.request_id)
        return Change(request=request, jobs=lasting.anew(request, record.jobs, now), audit=(fact,))

    found = await clinic.guestlist.store.numbered(number)
    assert found is not None
    await clinic.guestlist.store.change(found.request.request_id, older)
    await settled(clinic)


async def taken_away(clinic: Clinic) -> list[str]:
    entries = [*await clinic.ledger("assignment.removed"), *await clinic.ledger("member.removed")]
    return [entry["kind"] for entry in entries]


async def test_at_the_end_of_its_term_ana_loses_the_app_and_everybody_can_read_it(given: Clinic) -> None:
    await ages(given, timedelta(days=89))
    assert await taken_away(given) == []
    await ages(given, timedelta(days=1, minutes=1))
    await given.card("diego", "Ended", "channel")
    card = await given.card("megan", "Ended")
    assert "Its term was over on" in spoken(card)
    assert "no longer has this access to Health Records" in spoken(card)
    assert len(await taken_away(given)) == 1
    [end] = await audited(given, "assignment.ended")
    assert end["left"] == "nothing"
    await settled(given)
    assert "Ended" in await told(given, "megan", "/requests")


async def test_before_the_end_megan_is_warned_by_a_card_and_ana_by_mail_once(
    tmp_path: Path,
) -> None:
    text = POLICY.read_text(encoding="utf-8").replace(QUIET, NEVER_QUIET)
    (tmp_path / "policy.toml").write_text(text, encoding="utf-8")
    (tmp_path / "loud").mkdir()
    async with open_clinic(tmp_path / "loud", policy=tmp_path / "policy.toml") as loud:
        await ana_is_given_health_records(loud)
        await loud.act(act="accept", address=ANA)
        await loud.card("diego", "accepted", "channel")
        await ages(loud, timedelta(days=80))
        await ages(loud, timedelta())
        card = await loud.card("megan", "An access nears its end")
        assert "loses this access to Health Records" in spoken(card)
        answer = await send(loud, "megan", "personal", button(card, "request.view"))
        assert "/remove R-1001" in shown(answer)
        told_of = [one for one in await loud.ledger("mail.sent") if "ends on" in str(one)]
        assert len(told_of) == 1
        assert len(await audited(loud, "assignment.warned")) == 1


async def test_who_asked_removes_the_access_in_one_line_and_hears_what_stands_when_asked_twice(
    given: Clinic,
) -> None:
    assert "is being taken away" in await told(given, "megan", REMOVE)
    await given.card("diego", "Ended", "channel")
    assert "Megan Bowen removed the access" in await told(given, "megan", REMOVE)
    assert len(await taken_away(given)) == 1
    [begun] = await audited(given, "assignment.ending")
    assert (begun["why"], begun["actor"]) == ("removed", given.story.person("megan")["id"])


async def test_the_button_says_what_is_lost_and_what_stays_and_two_presses_are_one(given: Clinic) -> None:
    assert "loses this access to Health Records now" in await told(given, "megan", "/show R-1001")
    cards = [one for one in await given.messages("megan") if one["card"]]
    press = button(cards[-1], "assignment.remove")
    first = await send(given, "megan", "personal", press)
    assert "is being taken away" in shown(first)
    again = shown(await send(given, "megan", "personal", press))
    assert "is being taken away" in again or "Ended" in again
    await given.card("diego", "Ended", "channel")
    assert len(await taken_away(given)) == 1


async def test_an_approver_and_an_admin_may_and_nobody_else_learns_that_there_is_a_guest(
    given: Clinic,
) -> None:
    for typed in (REMOVE, REMOVE.replace("ana@", "nobody@")):
        assert NONE in await told(given, "diego", typed)
    hidden = await told(given, "diego", "/remove R-1001")
    assert hidden.replace("R-1001", "R-4711") == await told(given, "diego", "/remove R-4711")
    assert await taken_away(given) == []
    refused = [one["actor"] for one in await audited(given, "act.refused") if one["act"] == "remove"]
    assert set(refused) == {given.story.person("diego")["id"]}
    assert "is being taken away" in await told(given, "lidia", REMOVE)
    await given.card("diego", "Ended", "channel")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/remove", "Write the guest's address and the app"),
        ("/remove Ana from Health Records", "Write the guest's address and the app"),
        (f"/remove {ANA} from", "Write the guest's address and the app"),
        (f"/remove {ANA} from Patient Portal", NONE),
        ("/remove ben@fabrikam.com from Health Records", NONE),
        ("/remove R-4711", "There is no request R-4711"),
    ],
)
async def test_what_cannot_be_removed_is_answered_and_nothing_happens(
    given: Clinic, typed: str, answer: str
) -> None:
    assert answer in await told(given, "megan", typed)
    assert await taken_away(given) == []


async def test_an_address_alone_shows_what_would_be_removed_and_the_line_or_a_press_does_it(
    given: Clinic,
) -> None:
    shown_first = await told(given, "megan", f"/remove {ANA}")
    assert "Nothing is removed yet" in shown_first
    assert REMOVE in shown_first
    assert f"/remove {ANA} from the directory" in shown_first
    assert NONE in await told(given, "diego", f"/remove {ANA}")
    await settled(given)
    assert await taken_away(given) == []
    cards = [one for one in await given.messages("megan") if one["card"]]
    pressed = await send(given, "megan", "personal", button(cards[-1], "assignment.remove"))
    assert "is being taken away" in shown(pressed)
    await given.card("diego", "Ended", "channel")
    assert len(await taken_away(given)) == 1


async def test_a_request_that_gave_nothing_yet_says_so(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    assert "It has given no access that could be removed" in await told(clinic, "megan", "/remove R-1001")


async def test_where_it_is_refused_the_card_says_why_and_retry_goes_on(given: Clinic) -> None:
    dynamic = {"groupTypes": ["DynamicMembership"], "membershipRule": '(user.userType -eq "Guest")'}
    await given.act(act="setProperties", group="guests-health-records", properties=dynamic)
    await told(given, "megan", REMOVE)
    card = await given.card("megan", "could not be taken away")
    assert "Ana may still have access" in spoken(card)
    by_hand: dict[str, object] = {"groupTypes": [], "membershipRule": None}
    await given.act(act="setProperties", group="guests-health-records", properties=by_hand)
    await told(given, "alex", "/retry R-1001")
    await given.card("diego", "Ended", "channel")
