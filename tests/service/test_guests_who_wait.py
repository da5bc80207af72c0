"""Guests who never accept, over the real store and over months: reminded, asked about, ended by policy."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from access.ports import NotDone, Refused, Unknown
from access.rules import lapsing, unaccepted
from access.rules.causes import Cause
from access.rules.model import Assignment, AssignmentState, EndCause, Left, ObjectId, Record, State
from access.rules.policy_reader import read_policy
from access.rules.refusals import UnknownRequest
from access.rules.relinking import Answered, relink
from access.service.relink import Relinks
from access.service.remove import Removals
from tests.service.house import ALEX, ANA, LIDIA, MEGAN, NIA, POLICY, RECORDS, THREAD, House, draft

GUEST = ObjectId("guest-1")


def says(house: House, line: str) -> None:
    text = POLICY.replace(
        "[[defaults.stage]]", f"[defaults]\nnever_accepted = {{ {line} }}\n[[defaults.stage]]", 1
    )
    house.policy.policy = read_policy(text)


async def given(house: House) -> Record:
    record = await house.delivered(await house.approved())
    house.mail.sent.clear()
    return record


async def days(house: House, number: int) -> None:
    for _ in range(number):
        house.clock.turn(days=1)
        await house.settle()


def cards(house: House) -> list[tuple[str, str]]:
    """Return where each card was shown: a reminder with its days, or the question."""
    posts = [(str(place), audience) for place, audience, _ in house.chat.posts]
    reminders = [(place, name.split("/")[2]) for place, name in posts if name.startswith(unaccepted.REMINDED)]
    return reminders + [(place, "asked") for place, name in posts if name.startswith(lapsing.SHOWN)]


async def whats(house: House, *wanted: str) -> list[str]:
    return [entry.fact.what for entry in await house.audit() if entry.fact.what in wanted]


async def test_over_fourteen_months_day_by_day_everybody_is_told_once_and_nothing_ends_by_itself(
    house: House,
) -> None:
    says(house, 'rest = "60d"')
    record = await given(house)
    await days(house, 88)
    assert cards(house) == [("1:1/megan", "3"), ("1:1/megan", "10"), ("1:1/megan", "asked")]
    assert [one.reminds is not None for one in house.mail.sent] == [True, True]
    await days(house, 338)
    assert len(cards(house)) == 3
    (end,) = [entry.fact for entry in await house.audit() if entry.fact.what == "assignment.ending"]
    assert end.detail["why"] == "term"
    assert (await house.now(record)).request.assignment is not None


async def test_the_reminder_has_no_redeem_link_and_says_whom_to_ask(house: House) -> None:
    await given(house)
    await days(house, 5)
    (letter,) = house.mail.sent
    assert (letter.to, letter.is_invitation, letter.ends) == (ANA, False, None)
    assert letter.link == "https://myapps.example"
    assert "redeem" not in letter.link
    assert letter.reminds is not None
    assert (letter.reminds.ask, letter.reminds.by_microsoft) == ("Megan", False)
    assert letter.reminds.since.isoformat() == "2026-11-21"


async def test_where_the_policy_removes_the_access_ends_once_with_proof_whatever_the_clock_does(
    house: House,
) -> None:
    says(house, 'then = "remove"')
    record = await given(house)
    await days(house, 31)
    assert (await assignment(house, record)).state is AssignmentState.ACTIVE
    house.clock.turn(days=-20)
    await house.settle()
    house.clock.turn(days=25)
    await days(house, 10)
    ended = await assignment(house, record)
    assert (ended.state, ended.left) == (AssignmentState.ENDED, Left.NOTHING)
    assert ended.end is not None
    assert ended.end.why is EndCause.NEVER_ACCEPTED
    assert (GUEST, RECORDS) not in house.tenant.access
    await days(house, 90)
    house.clock.turn(days=-100)
    await days(house, 100)
    assert house.faults.calls.count("take_away") == 1
    wanted = ("assignment.lapsed", "assignment.ending", "step.begun", "assignment.ended")
    told = await whats(house, *wanted)
    assert told[-5:] == [
        "assignment.lapsed",
        "assignment.ending",
        "step.begun",
        "step.begun",
        "assignment.ended",
    ]
    assert sorted(when for _, when in cards(house)) == ["10", "3", "asked"]


async def test_while_the_account_is_removed_nobody_is_told_and_after_the_restore_they_are(
    house: House,
) -> None:
    says(house, 'then = "remove"')
    record = await given(house)
    removal = await house.acts.remove(GUEST, MEGAN, "Over", THREAD, seen=None, personal=True)
    assert isinstance(removal, Record)
    await days(house, 35)
    assert cards(house) == []
    assert house.mail.sent == []
    assert (await assignment(house, record)).state is AssignmentState.SUSPENDED
    await house.acts.restore(removal.request.label, MEGAN)
    await days(house, 2)
    assert (await assignment(house, record)).state is AssignmentState.ACTIVE
    assert "asked" in [when for _, when in cards(house)]


async def test_a_restart_at_any_day_tells_nobody_twice(tmp_path: Path) -> None:
    path = tmp_path / "guestlist.db"
    house = await House.open(path)
    says(house, 'then = "remove"')
    record = await given(house)
    for _ in range(14):
        await days(house, 3)
        await house.store.close()
        house = await House.open(path, house)
        says(house, 'then = "remove"')
    assert (await assignment(house, record)).left is Left.NOTHING
    assert sorted(when for _, when in cards(house)) == ["10", "3", "asked"]
    assert len(house.mail.sent) == 2
    assert house.faults.calls.count("take_away") == 1
    await house.store.close()


async def assignment(house: House, record: Record) -> Assignment:
    found = (await house.now(record)).request.assignment
    assert found is not None
    return found


async def test_who_accepted_and_whom_no_delta_named_is_told_of_as_that_alone(house: House) -> None:
    record = await given(house)
    house.tenant.accepts(GUEST)
    await days(house, 40)
    assert cards(house) == []
    assert house.mail.sent == []
    assert (await house.now(record)).request.accepted_at is not None


async def test_a_guest_who_was_deleted_is_told_of_as_that(house: House) -> None:
    record = await given(house)
    del house.tenant.guests[GUEST]
    await days(house, 40)
    assert cards(house) == []
    assert (await house.now(record)).request.gone_at is not None


async def test_a_disabled_account_or_a_denied_domain_gets_no_mail(house: House) -> None:
    await given(house)
    house.tenant.guests[GUEST] = replace(house.tenant.guests[GUEST], enabled=False)
    await days(house, 5)
    house.tenant.guests[GUEST] = replace(house.tenant.guests[GUEST], enabled=True)
    house.policy.policy = read_policy(POLICY.replace("mailinator.com", "fabrikam.com"))
    await days(house, 7)
    assert house.mail.sent == []
    assert [when for _, when in cards(house)] == ["3", "10"]


async def test_who_got_no_mail_of_ours_is_reminded_of_none_and_of_microsoft_s_as_that(house: House) -> None:
    house.mail.configured = False
    await given(house)
    house.mail.configured = True
    await days(house, 5)
    (letter,) = house.mail.sent
    assert letter.reminds is not None
    assert letter.reminds.by_microsoft


async def test_a_mail_that_failed_is_no_link_to_be_reminded_of(house: House) -> None:
    house.faults.before["draft"] = [Refused(Cause.MAILBOX_GONE)] * 3
    await house.delivered(await house.approved())
    await days(house, 12)
    assert house.mail.sent == []
    assert [when for _, when in cards(house)] == ["3", "10"]


async def test_where_the_requestor_has_left_whoever_may_decide_is_told_and_else_the_admins(
    house: House,
) -> None:
    await given(house)
    house.tenant.people[MEGAN] = replace(house.tenant.people[MEGAN], enabled=False)
    await days(house, 5)
    assert sorted(cards(house)) == [(f"1:1/{ALEX}", "3"), (f"1:1/{NIA}", "3")]
    (letter,) = house.mail.sent
    assert letter.reminds is not None
    assert letter.reminds.ask in {"Alex", "Nia"}
    for person in (ALEX, NIA):
        house.tenant.people[person] = replace(house.tenant.people[person], enabled=False)
    await days(house, 6)
    assert cards(house)[-1] == (f"1:1/{LIDIA}", "10")


async def test_while_the_directory_is_away_nothing_happens_and_then_it_does(house: House) -> None:
    says(house, 'then = "remove"')
    record = await given(house)
    await days(house, 36)
    house.faults.before["guest"] = [NotDone(Cause.UNAVAILABLE)] * 4
    house.clock.turn(days=1)
    await house.run_due()
    assert (await assignment(house, record)).state is AssignmentState.ACTIVE
    await days(house, 3)
    assert (await assignment(house, record)).state is AssignmentState.ENDED


async def test_a_reminder_whose_answer_is_lost_is_not_sent_twice(house: House) -> None:
    await given(house)
    house.faults.after["draft"] = [Unknown(Cause.UNAVAILABLE)]
    house.faults.after["send"] = [Unknown(Cause.UNAVAILABLE)]
    await days(house, 9)
    assert len(house.mail.sent) == 1
    assert await whats(house, "guest.reminding", "guest.reminded") == ["guest.reminding", "guest.reminded"]


async def test_who_may_keeps_it_and_to_everybody_else_it_is_not_theirs(house: House) -> None:
    says(house, 'then = "remove"')
    record = await given(house)
    await days(house, 31)
    removals = Removals(house.decisions, house.policy)
    assert not isinstance(await removals.keep(record.request.label, ObjectId("diego")), Record)
    assert isinstance(await removals.keep("R-4711", MEGAN), UnknownRequest)
    assert isinstance(await removals.keep(record.request.label, LIDIA), Record)
    await days(house, 25)
    assert (await assignment(house, record)).state is AssignmentState.ACTIVE
    (kept,) = [entry.fact for entry in await house.audit() if entry.fact.what == "assignment.kept"]
    assert kept.actor == LIDIA
    assert await whats(house, "act.refused") == ["act.refused"] * 2


async def test_guests_whom_an_older_version_invited_are_looked_after(tmp_path: Path) -> None:
    path = tmp_path / "guestlist.db"
    before = await House.open(path)
    record = await given(before)
    await before.store.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM jobs WHERE name = 'acceptance'")
    house = await House.open(path, before)
    assert len(await house.store.unwatched(10)) == 1
    await house.acceptances.note_older()
    assert await house.store.unwatched(10) == []
    await days(house, 5)
    assert cards(house) == [("1:1/megan", "3")]
    assert (await house.now(record)).request.state is State.DELIVERED
    await house.store.close()


async def test_who_has_to_accept_anew_is_waited_for_from_then_on(house: House) -> None:
    record = await given(house)
    await days(house, 4)
    house.tenant.accepts(GUEST)
    await house.redemptions.go_round()
    assert (await house.now(record)).request.accepted_at is not None
    reset = relink(record.request.requestor, reset=True, mailbox=True)
    assert isinstance(await house.store.change(record.request.request_id, reset), Record)
    await house.settle()
    house.mail.sent.clear()
    await days(house, 5)
    assert [one.reminds is not None for one in house.mail.sent] == [True]
    assert [when for _, when in cards(house)] == ["3", "3"]


async def test_a_question_that_reached_nobody_is_asked_anew_a_week_later_and_nothing_ends_before(
    house: House,
) -> None:
    says(house, 'then = "remove"')
    record = await given(house)
    await days(house, 15)
    without = {MEGAN, ALEX, NIA, LIDIA}
    house.chat.without_app |= without
    await days(house, 20)
    house.chat.without_app -= without
    await days(house, 8)
    assert [when for _, when in cards(house)] == ["3", "10", "asked"]
    assert (await assignment(house, record)).state is AssignmentState.ACTIVE
    await days(house, 8)
    assert [when for _, when in cards(house)] == ["3", "10", "asked"]
    assert (await assignment(house, record)).state is AssignmentState.ENDED


async def second(house: House) -> Record:
    """Give the same guest an access to another app, with an invitation of its own."""
    record = await house.sent(draft(app="Patient Portal", access="Portal guests"))
    await house.decisions.approve(record.request.label, LIDIA, None)
    return await house.delivered(record)


async def new_link(house: House) -> None:
    """Send the guest a new link, which goes under the newest request."""
    answer = await Relinks(house.coach).for_address(ANA, MEGAN, reset=False)
    assert isinstance(answer, Answered)
    assert answer.done is not None
    await house.settle()


async def test_a_new_link_under_another_request_begins_the_wait_of_every_access_anew(house: House) -> None:
    says(house, 'then = "remove"')
    older = await given(house)
    newer = await second(house)
    await days(house, 31)
    assert [when for _, when in cards(house)].count("asked") == 2
    await new_link(house)
    await days(house, 29)
    for record in (older, newer):
        assert (await assignment(house, record)).state is AssignmentState.ACTIVE
    await days(house, 12)
    for record in (older, newer):
        assert (await assignment(house, record)).state is AssignmentState.ENDED


async def test_the_invitation_of_a_second_app_is_the_newest_link_of_the_first_too(house: House) -> None:
    says(house, 'then = "remove"')
    older = await given(house)
    await days(house, 29)
    await second(house)
    await days(house, 28)
    assert "asked" not in [when for _, when in cards(house)]
    assert (await assignment(house, older)).state is AssignmentState.ACTIVE


async def test_a_guest_of_two_apps_gets_one_series_of_reminders_from_the_newest_link(house: House) -> None:
    await given(house)
    await days(house, 8)
    await second(house)
    house.mail.sent.clear()
    await days(house, 12)
    assert [(one.app, str(one.reminds.since)) for one in house.mail.sent if one.reminds] == [
        ("Patient Portal", "2026-11-29"),
        ("Patient Portal", "2026-11-29"),
    ]


async def test_where_the_access_of_the_newest_link_has_ended_another_reminds_of_that_link(
    house: House,
) -> None:
    await given(house)
    await days(house, 2)
    newest = await second(house)
    house.mail.sent.clear()
    removed = await Removals(house.decisions, house.policy).of_request(newest.request.label, MEGAN)
    await house.settle()
    assert isinstance(removed, Record), removed
    await days(house, 6)
    assert [(one.app, str(one.reminds.since)) for one in house.mail.sent if one.reminds] == [
        ("Health Records", "2026-11-23")
    ]


async def test_who_has_to_accept_anew_under_one_request_gets_no_warning_of_another(house: House) -> None:
    await given(house)
    await second(house)
    house.tenant.accepts(GUEST)
    await house.redemptions.go_round()
    await days(house, 2)
    answer = await Relinks(house.coach).for_address(ANA, MEGAN, reset=True)
    assert isinstance(answer, Answered)
    assert answer.done is not None
    await house.settle()
    house.mail.sent.clear()
    await days(house, 95)
    assert [one.app for one in house.mail.sent if one.ends] == []
