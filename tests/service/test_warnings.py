"""Before an access ends its owner is told by a card and the guest by mail: once, whoever dies."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from access.ports import NotDone, Unknown
from access.rules import ending, lasting
from access.rules.adopting import Adopting
from access.rules.causes import Cause
from access.rules.changing import newer
from access.rules.coaching import GuestFile
from access.rules.model import Change, Guest, JobKind, JobStatus, ObjectId, Record, Redemption
from access.rules.policy_reader import read_policy
from access.service.adopt import Adoptions
from access.service.relink import Relinks
from cards import guest
from cards.draw import draw
from cards.look import Look
from tests.service.house import ALEX, ANA, DIEGO, MEGAN, NIA, POLICY, RECORDS, ZONE, House, draft


async def given(house: House, *, accepted: bool = True) -> Record:
    if accepted:
        house.knows(Redemption.ACCEPTED)
    record = await house.delivered(await house.approved())
    house.mail.sent.clear()
    return record


async def days(house: House, number: int) -> None:
    for _ in range(number):
        house.clock.turn(days=1)
        await house.settle()


def cards(house: House) -> list[tuple[str, str]]:
    """Return where each warning was shown, and how many days before the end."""
    posts = [(place, audience) for place, audience, _ in house.chat.posts]
    return [(place, name.split("/")[2]) for place, name in posts if name.startswith(lasting.WARNING)]


async def facts(house: House) -> list[dict[str, object]]:
    return [
        dict(entry.fact.detail) for entry in await house.audit() if entry.fact.what == "assignment.warned"
    ]


async def test_over_the_months_owner_and_guest_are_told_twice_each_and_after_the_end_nothing(
    house: House,
) -> None:
    await given(house)
    await days(house, 100)
    assert cards(house) == [("1:1/megan", "14"), ("1:1/megan", "3")]
    assert not [name for _, name, _ in house.chat.posts if f"/{lasting.OTHERS}" in name]
    assert [(one.to, one.is_invitation, one.ends is not None) for one in house.mail.sent] == [
        (ANA, False, True)
    ] * 2
    assert [(one["days"], one["to"], one["guest"]) for one in await facts(house)] == [
        (14, [MEGAN], "ana"),
        (3, [MEGAN], "ana"),
    ]


async def test_each_is_told_in_a_morning_of_their_own(house: House) -> None:
    house.chat.zones[MEGAN] = ZoneInfo("Asia/Tokyo")
    record = await given(house)
    await days(house, 80)
    (card,) = [
        job
        for job in (await house.now(record)).jobs.values()
        if job.kind is JobKind.REMINDER and "/14/" in job.name
    ]
    assert card.status is JobStatus.DONE
    ((place, when),) = [(place, days) for place, days in cards(house)]
    assert (place, when) == ("1:1/megan", "14")


async def test_where_the_requestor_has_left_whoever_may_decide_is_warned(house: House) -> None:
    await given(house)
    house.tenant.people[MEGAN] = replace(house.tenant.people[MEGAN], enabled=False)
    await days(house, 80)
    assert sorted(cards(house)) == [(f"1:1/{ALEX}", "14"), (f"1:1/{NIA}", "14")]


async def test_where_who_is_to_be_warned_cannot_be_reached_the_operator_hears_of_the_end(
    house: House,
) -> None:
    record = await given(house)
    ends_at = record.request.ends_at
    house.chat.without_app |= {MEGAN, ALEX, NIA}
    await days(house, 80)
    assert cards(house) == []
    assert ends_at is not None
    assert [one for one in house.alarms if f"ends on {ends_at:%Y-%m-%d}, and megan" in one]
    known = len(house.alarms)
    await days(house, 1)
    assert len(house.alarms) == known, "once for each warning"


async def untold(house: House) -> Record:
    """Have Megan, who alone is to be warned, not be reached two weeks before the end."""
    record = await given(house)
    house.tenant.owners[RECORDS] = [MEGAN, ALEX, NIA]
    house.chat.without_app |= {MEGAN}
    await days(house, 80)
    return record


async def test_where_who_is_to_be_warned_cannot_be_reached_the_apps_other_owners_are_once(
    house: House,
) -> None:
    record = await untold(house)
    assert sorted(cards(house)) == [(f"1:1/{ALEX}", "14"), (f"1:1/{NIA}", "14")]
    assert [one["to"] for one in await facts(house)] == [[MEGAN], [ALEX, NIA]]
    assert len([one for one in house.alarms if "who was to be warned" in one]) == 1
    assert [one["guest"] for one in await facts(house)] == ["ana", None]
    assert len(house.mail.sent) == 1
    await days(house, 5)
    assert len(cards(house)) == 2
    await days(house, 4)
    again = [(f"1:1/{one}", when) for one in (ALEX, NIA) for when in ("14", "3")]
    assert sorted(cards(house)) == sorted(again)
    names = [job.name for job in (await house.now(record)).jobs.values() if job.kind is JobKind.REMINDER]
    assert len(names) == len(set(names)) == 6


async def test_where_one_of_several_was_warned_no_others_are(house: House) -> None:
    await given(house)
    house.tenant.owners[RECORDS] = [ALEX, NIA, DIEGO]
    house.tenant.people[MEGAN] = replace(house.tenant.people[MEGAN], enabled=False)
    house.chat.without_app |= {ALEX}
    await days(house, 80)
    assert sorted(cards(house)) == [(f"1:1/{one}", "14") for one in sorted((DIEGO, NIA))]


async def test_an_owner_who_has_left_or_cannot_be_reached_either_is_told_nothing_again(house: House) -> None:
    await given(house)
    house.tenant.owners[RECORDS] = [MEGAN, ALEX, NIA]
    house.tenant.people[NIA] = replace(house.tenant.people[NIA], enabled=False)
    house.chat.without_app |= {MEGAN, ALEX}
    await days(house, 82)
    assert cards(house) == []
    assert len([one for one in house.alarms if "who was to be warned" in one]) == 2
    assert [one["to"] for one in await facts(house)] == [[MEGAN], [ALEX]]


@pytest.mark.parametrize("stops", range(78, 82))
async def test_the_other_owners_are_told_once_whenever_guestlist_starts_anew(
    tmp_path: Path, stops: int
) -> None:
    house = await House.open(tmp_path / "told.db")
    await given(house)
    house.tenant.owners[RECORDS] = [MEGAN, ALEX, NIA]
    house.chat.without_app |= {MEGAN}
    await days(house, stops)
    for kinds in ((JobKind.TERM,), (JobKind.REMINDER,), (JobKind.TERM,)):
        await house.run_due(*kinds)
        posts = house.chat.posts
        await house.store.close()
        house = await House.open(tmp_path / "told.db", house)
        assert house.chat.posts is posts
    await days(house, 84 - stops)
    assert sorted(cards(house)) == [(f"1:1/{ALEX}", "14"), (f"1:1/{NIA}", "14")]
    await house.store.close()


async def test_the_guests_card_says_of_which_end_not_everybody_could_be_warned(house: House) -> None:
    record = await untold(house)
    file = await house.coach.of_address(ANA, NIA)
    assert isinstance(file, GuestFile)
    said = "not everybody who was to be warned was reached"
    assert said in str(guest.draw(file, Look(zone=ZONE)))
    renewed = await house.now(record)
    assert renewed.request.ends_at is not None
    later = replace(renewed.request, ends_at=renewed.request.ends_at + timedelta(days=90))
    moved = replace(file, records=(replace(renewed, request=later),))
    assert said not in str(guest.draw(moved, Look(zone=ZONE)))


async def test_of_a_guest_whom_somebody_deleted_the_warning_says_so_and_offers_no_renewal(
    house: House,
) -> None:
    record = await given(house)
    del house.tenant.guests[ObjectId("ana")]
    await days(house, 80)
    (audience,) = [name for _, name, _ in house.chat.posts if name.startswith(lasting.WARNING)]
    card = str(draw(await house.now(record), audience, Look(zone=ZONE)))
    assert "The directory no longer has" in card
    assert "renewal." not in card
    assert "/extend" not in card
    assert house.mail.sent == []


async def test_a_guest_who_has_not_accepted_gets_no_mail(house: House) -> None:
    await given(house, accepted=False)
    await days(house, 100)
    assert len(cards(house)) == 2
    assert [one for one in house.mail.sent if one.ends] == []


async def test_while_the_directory_is_away_nobody_is_warned_and_the_access_ends_all_the_same(
    house: House,
) -> None:
    record = await given(house)
    house.clock.turn(days=77)
    house.faults.before["person"] = [NotDone(Cause.UNAVAILABLE)] * 3
    await days(house, 3)
    assert [when for _, when in cards(house)] == ["14"]
    await days(house, 20)
    given_ = (await house.now(record)).request.assignment
    assert given_ is not None
    assert given_.ended_at is not None


async def test_a_letter_whose_answer_is_lost_is_not_sent_twice(house: House) -> None:
    await given(house)
    house.faults.after["draft"] = [Unknown(Cause.UNAVAILABLE)]
    house.faults.after["send"] = [Unknown(Cause.UNAVAILABLE)]
    await days(house, 80)
    assert len(house.mail.sent) == 1


async def test_a_removal_takes_back_what_is_to_come(house: House) -> None:
    record = await given(house)
    remove = ending.remove(record.request.requestor, ())
    result = await house.store.change(record.request.request_id, remove)
    assert isinstance(result, Record)
    await days(house, 100)
    assert cards(house) == []
    assert house.mail.sent == []


async def test_a_policy_of_no_warnings_is_heard_of_within_a_week(house: House) -> None:
    await given(house)
    never = POLICY.replace("[[defaults.stage]]", "[defaults]\nwarn_before = []\n[[defaults.stage]]", 1)
    house.policy.policy = read_policy(never)
    await days(house, 100)
    assert cards(house) == []


async def test_the_audit_says_by_which_calls_the_guest_was_told(house: House) -> None:
    await given(house)
    await days(house, 80)
    entries = [one.fact async for one in house.store.audit_entries()]
    (told,) = [one for one in entries if one.what == "guest.warned"]
    assert told.detail["request-id"]
    assert told.detail["draft-request-id"]
    whats = [one.what for one in entries]
    assert whats.index("guest.warning") < whats.index("guest.warned")


async def test_an_owner_of_whom_more_end_in_the_same_time_is_told_where_all_of_them_are(house: House) -> None:
    await given(house)
    await days(house, 70)
    await house.delivered(await house.approved(draft(address="bo@fabrikam.com", term="20d")))
    await days(house, 8)
    told = [name for _, name, _ in house.chat.posts if name.startswith(lasting.WARNING)]
    assert told
    assert all(f"/{lasting.OTHERS}" in name for name in told)


@pytest.mark.parametrize("what", ["blocked", "deleted"])
async def test_a_guest_who_cannot_use_the_access_any_more_gets_no_mail_and_the_owner_a_card(
    house: House, what: str
) -> None:
    await given(house)
    ana = house.tenant.guests.pop(ObjectId("ana"))
    if what == "blocked":
        house.tenant.guests[ana.object_id] = replace(ana, enabled=False)
    await days(house, 80)
    assert len(cards(house)) == 1
    assert house.mail.sent == []


async def test_a_guest_whom_the_policy_keeps_out_by_now_gets_no_mail(house: House) -> None:
    await given(house)
    house.policy.policy = read_policy(POLICY.replace('"mailinator.com"', '"fabrikam.com"'))
    await days(house, 80)
    assert len(cards(house)) == 1
    assert house.mail.sent == []


def shut_out(house: House, record: Record, how: str) -> None:
    assert record.request.guest_id is not None
    ana = house.tenant.guests.pop(record.request.guest_id)
    if how == "disabled":
        house.tenant.guests[ana.object_id] = replace(ana, enabled=False)
    elif how == "denied":
        house.tenant.guests[ana.object_id] = ana
        house.policy.policy = read_policy(POLICY.replace("mailinator.com", "fabrikam.com"))


def letters(record: Record) -> list[JobStatus]:
    return [job.status for job in record.jobs.values() if job.kind is JobKind.LETTER]


async def queued(house: House, *, accepted: bool) -> Record:
    """Return an access of which a mail to the guest waits for the morning."""
    house.clock.turn(days=4)
    record = await given(house, accepted=accepted)
    while not letters(record):
        house.clock.turn(hours=1)
        await house.settle()
        record = await house.now(record)
    assert letters(record) == [JobStatus.READY]
    assert house.mail.sent == []
    return record


@pytest.mark.parametrize("how", ["disabled", "denied", "deleted"])
@pytest.mark.parametrize("accepted", [True, False], ids=["warning", "reminder"])
async def test_no_mail_goes_to_a_guest_who_was_shut_out_while_it_waited_for_the_morning(
    house: House, how: str, *, accepted: bool
) -> None:
    record = await queued(house, accepted=accepted)
    shut_out(house, record, how)
    await days(house, 3)
    assert house.mail.sent == []
    assert letters(await house.now(record)) == [JobStatus.DROPPED]


async def test_a_draft_that_was_not_sent_stays_one_for_a_guest_who_was_shut_out(house: House) -> None:
    record = await queued(house, accepted=False)
    house.faults.before["send"] = [NotDone(Cause.UNAVAILABLE)]
    while not house.mail.letters:
        house.clock.turn(hours=1)
        await house.run_due(JobKind.LETTER)
    shut_out(house, record, "disabled")
    await days(house, 3)
    assert house.mail.sent == []
    assert letters(await house.now(record)) == [JobStatus.DROPPED]


async def test_of_a_mail_that_went_out_it_is_noted_whatever_became_of_the_guest_since(house: House) -> None:
    record = await queued(house, accepted=False)
    house.faults.after["send"] = [Unknown(Cause.UNAVAILABLE)]
    while not house.mail.sent:
        house.clock.turn(hours=1)
        await house.run_due(JobKind.LETTER)
    shut_out(house, record, "disabled")
    await days(house, 3)
    assert len(house.mail.sent) == 1
    assert letters(await house.now(record)) == [JobStatus.DONE]


async def test_while_the_directory_cannot_say_whether_the_guest_is_shut_out_the_mail_waits(
    house: House,
) -> None:
    record = await queued(house, accepted=True)
    house.faults.before["guest"] = [NotDone(Cause.UNAVAILABLE)] * 3
    await days(house, 3)
    assert len(house.mail.sent) == 1
    assert letters(await house.now(record)) == [JobStatus.DONE]


@pytest.mark.parametrize("address", ["jo@adatum.com", ""])
async def test_the_mail_of_an_adopted_access_has_a_link_and_none_goes_to_nobody(
    house: House, address: str
) -> None:
    guest = Guest(ObjectId("jo"), "Jo", address, Redemption.ACCEPTED)
    house.tenant.guests[guest.object_id] = guest
    house.tenant.access |= {(guest.object_id, RECORDS)}
    wanted = Adopting(guest="jo@adatum.com" if address else "jo", app="Health Records", term="for 20d")
    record = await Adoptions(house.lists, ZONE).adopt(wanted, NIA)
    assert isinstance(record, Record)
    assert record.request.landing == "https://records.example"
    await days(house, 19)
    assert [one.link for one in house.mail.sent] == ["https://records.example"] * (2 if address else 0)


async def test_the_mail_of_an_access_that_an_older_version_adopted_leads_to_my_apps(house: House) -> None:
    record = await given(house)
    older = Change(request=newer(record.request, record.request.changed_at, landing=""))
    await house.store.change(record.request.request_id, lambda *_: older)
    await days(house, 80)
    assert [one.link for one in house.mail.sent] == ["https://myapps.example"]


async def test_a_guest_of_an_adopted_access_without_an_end_is_reminded_of_the_new_link(house: House) -> None:
    jo = Guest(ObjectId("jo"), "Jo", "jo@adatum.com", Redemption.PENDING)
    house.tenant.guests[jo.object_id] = jo
    house.tenant.access |= {(jo.object_id, RECORDS)}
    wanted = Adopting(guest=jo.address, app="Health Records")
    record = await Adoptions(house.lists, ZONE).adopt(wanted, NIA)
    assert isinstance(record, Record)
    await Relinks(house.coach).for_request(record.request.label, NIA, reset=False)
    await days(house, 5)
    reminders = [one for one in house.mail.sent if one.reminds]
    assert [(one.to, one.ends) for one in reminders] == [(jo.address, None)]
    again = [job for job in (await house.now(record)).jobs.values() if job.kind is JobKind.LETTER]
    assert [job.status for job in again] == [JobStatus.DONE]
