"""An hour-old backup is restored: the directory, the mailbox and the chat are ahead of the database."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from access.ports import Refused, Unknown
from access.rules.causes import Cause
from access.rules.model import (
    AccountState,
    App,
    AppRole,
    Effect,
    Group,
    Guest,
    JobKind,
    MailState,
    ObjectId,
    Place,
    Record,
    Redemption,
    RequestId,
    Restore,
    State,
    Subject,
)
from access.rules.policy_reader import read_policy
from access.rules.refusals import PlanMoved, UnknownRequest
from access.service.amend import Amendments, Wanted
from access.service.setups import Wanted as Setting
from tests.service.house import ALEX, ANA, LIDIA, MEGAN, POLICY, House, draft

BEN = "ben@fabrikam.com"
OF_A_GUEST = (Effect.GUEST, Effect.ACCESS, Effect.MAIL)
CHARTS, LESS = (ObjectId(f"{digit * 8}-1111-4111-8111-111111111111") for digit in "45")


@dataclass
class Operator:
    """Makes a backup while the house stands, and puts it back an hour later."""

    folder: Path
    house: House

    @property
    def path(self) -> Path:
        return self.folder / "guestlist.db"

    def backs_up(self) -> None:
        with closing(sqlite3.connect(self.path)) as database:
            database.execute("VACUUM INTO ?", (str(self.folder / "backup.db"),))
        self.house.clock.turn(minutes=20)

    async def restores(self, *, keeps_witness: bool = True, minutes: int = 40) -> House:
        """Put back the file alone, or, without its witness, as a snapshot of the whole disk does."""
        self.house.clock.turn(minutes=minutes)
        await self.house.store.close()
        for rest in self.folder.glob("guestlist.db*"):
            if not (keeps_witness and rest.name.endswith("-witness")):
                rest.unlink()
        shutil.copy(self.folder / "backup.db", self.path)
        self.house = await House.open(self.path, self.house)
        return self.house

    async def starts_again(self) -> None:
        await self.house.store.close()
        self.house = await House.open(self.path, self.house)

    async def loses_all_of(self, record: Record) -> tuple[House, Restore]:
        """Restore what knows the request as it was sent, and let it be looked at."""
        house = await self.restores()
        assert (await house.now(record)).request.state is State.PENDING_APPROVAL
        await house.restores.look()
        [restore] = await house.store.restores()
        return house, restore


@pytest.fixture
async def operator(tmp_path: Path, empty_database: Path) -> AsyncIterator[Operator]:
    shutil.copy(empty_database, tmp_path / "guestlist.db")
    operator = Operator(tmp_path, await House.open(tmp_path / "guestlist.db"))
    yield operator
    await operator.house.store.close()


async def approve(house: House, label: str) -> Record:
    """Approve; what is new is looked at and approved as shown."""
    result = await house.decisions.approve(label, ALEX, None)
    if isinstance(result, PlanMoved):
        result = await house.decisions.approve(label, ALEX, None)
    assert isinstance(result, Record), result
    return result


async def details(house: House, what: str) -> list[dict[str, Any]]:
    return [dict(entry.fact.detail) for entry in await house.audit() if entry.fact.what == what]


# --- what the restored database knows of -----------------------------------------------------------------


async def test_what_was_delivered_after_the_backup_is_reported_once_and_not_taken_back(
    operator: Operator,
) -> None:
    record = await operator.house.sent()
    operator.backs_up()
    await approve(operator.house, "R-1001")
    await operator.house.delivered(record)
    given = set(operator.house.tenant.access)

    house, restore = await operator.loses_all_of(record)

    now = (await house.now(record)).request
    assert now.effects == OF_A_GUEST
    found = await details(house, "restore.effect-found")
    assert [(one["effect"], one["request"]) for one in found] == [(one, "R-1001") for one in OF_A_GUEST]
    [alarm] = house.alarms
    assert "R-1001: guest, access, mail of guest guest-1" in alarm
    assert ANA not in alarm
    assert (house.tenant.access, len(house.mail.sent)) == (given, 1)
    await house.restores.look()
    await operator.restores()
    assert (len(house.alarms), len(await operator.house.store.restores())) == (1, 1), restore


async def test_access_that_was_made_less_after_the_backup_is_reported_by_what_its_mail_tells(
    operator: Operator,
) -> None:
    house = operator.house
    house.tenant.apps[CHARTS] = App(CHARTS, "Charts", roles=(AppRole(ObjectId("writer"), "Writer"),))
    house.tenant.owners[CHARTS] = [MEGAN, ALEX]
    house.tenant.groups[LESS] = Group(LESS, "Chart guests")
    house.tenant.of_app[CHARTS] = [LESS]
    order = f'[[app]]\nid = "{CHARTS}"\nleast_first = ["group:{LESS}", "Writer"]\n'
    house.policy.policy = read_policy(f"{POLICY}\n{order}")
    record = await house.sent(draft(app="Charts", access="Writer"))
    operator.backs_up()
    amended = await Amendments(house.decisions).amend("R-1001", ALEX, Wanted(access="Chart guests"))
    assert isinstance(amended, Record)
    await approve(house, "R-1001")
    await house.delivered(record)

    house, _ = await operator.loses_all_of(record)
    now = (await house.now(record)).request
    assert (now.give.name, now.effects) == ("Writer", OF_A_GUEST)


async def test_an_approval_that_was_lost_and_is_given_again_repeats_neither_invitation_nor_mail(
    operator: Operator,
) -> None:
    record = await operator.house.sent()
    operator.backs_up()
    await approve(operator.house, "R-1001")
    await operator.house.delivered(record)

    house, _ = await operator.loses_all_of(record)
    await approve(house, "R-1001")
    end = (await house.delivered(record)).request

    assert (len(house.tenant.invitations), len(house.mail.sent), len(house.mail.letters)) == (1, 1, 1)
    assert (end.mail, end.guest_id, end.awaits_acceptance) == (MailState.SENT, "guest-1", True)
    house.tenant.accepts(ObjectId("guest-1"))
    await house.redemptions.go_round()
    assert (await house.now(record)).request.accepted_at is not None


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5])
async def test_a_delivery_that_was_begun_goes_on_where_the_world_is(operator: Operator, steps: int) -> None:
    """The backup is made after so many steps; everything was done when it is put back."""
    record = await operator.house.approved()
    for _ in range(steps - 1):
        await operator.house.run_due()
        operator.house.clock.turn(seconds=1)
    operator.backs_up()
    await operator.house.delivered(record)

    house = await operator.restores()
    await house.restores.look()
    end = await house.delivered(record)

    assert (len(house.tenant.invitations), len(house.mail.sent), len(house.tenant.guests)) == (1, 1, 1)
    assert house.faults.calls.count("give") == 1
    assert end.request.mail is MailState.SENT
    assert "Nothing was found" in house.alarms[-1], "there is an approval for all of it"


async def test_a_link_that_was_made_and_never_mailed_is_made_anew_and_mailed_once(operator: Operator) -> None:
    record = await operator.house.approved()
    operator.backs_up()
    operator.house.faults.before["draft"] = [Unknown(Cause.UNAVAILABLE)] * 500
    for _ in range(5):
        await operator.house.run_due()
        operator.house.clock.turn(seconds=1)
    assert len(operator.house.tenant.invitations) == 1

    house = await operator.restores()
    house.faults.before.clear()
    await house.delivered(record)

    assert len(house.tenant.invitations) == 2
    [mail] = house.mail.sent
    assert mail.link.endswith("link-2"), "the newest link is the one that lives"


async def test_a_guest_who_accepted_meanwhile_is_found_so_and_not_mailed_again(operator: Operator) -> None:
    record = await operator.house.sent()
    operator.backs_up()
    await approve(operator.house, "R-1001")
    await operator.house.delivered(record)
    operator.house.tenant.accepts(ObjectId("guest-1"))

    house, _ = await operator.loses_all_of(record)
    await approve(house, "R-1001")
    await house.delivered(record)

    assert (len(house.tenant.invitations), len(house.mail.sent)) == (1, 1)


async def test_a_retry_that_was_lost_and_is_pressed_again_repeats_nothing(operator: Operator) -> None:
    house = operator.house
    record = await house.approved()
    house.access.loses_access = True
    assert await house.failed(record) is Cause.NOT_PROVED
    operator.backs_up()
    house.access.loses_access = False
    await house.decisions.retry("R-1001", MEGAN)
    await house.delivered(record)
    gives = house.faults.calls.count("give")

    house = await operator.restores()
    await house.decisions.retry("R-1001", MEGAN)
    await house.delivered(record)
    assert (len(house.mail.sent), house.faults.calls.count("give")) == (1, gives)


async def test_a_guest_who_is_deleted_after_the_restore_can_be_invited_and_mailed_again(
    operator: Operator,
) -> None:
    record = await operator.house.sent()
    operator.backs_up()
    await approve(operator.house, "R-1001")
    await operator.house.delivered(record)
    house, _ = await operator.loses_all_of(record)
    await approve(house, "R-1001")
    for _ in range(4):
        await house.run_due()
        house.clock.turn(seconds=10)
    house.tenant.guests.clear()
    house.tenant.access.clear()
    assert await house.failed(record) is Cause.GUEST_GONE

    await house.decisions.retry("R-1001", MEGAN)
    await house.delivered(record)
    assert (len(house.tenant.invitations), len(house.mail.sent)) == (2, 2)


async def test_what_waits_and_has_no_effects_is_shown_as_it_is_and_says_nothing_of_a_restore(
    operator: Operator,
) -> None:
    record = await operator.house.sent()
    await operator.house.settle()
    operator.backs_up()
    await operator.house.decisions.deny("R-1001", ALEX, "not this quarter")
    await operator.house.settle()
    shown = len(operator.house.chat.updates)

    house, _ = await operator.loses_all_of(record)
    await house.settle()

    assert (await house.now(record)).request.effects == ()
    again = {audience for _, audience, _ in house.chat.updates[shown:]}
    assert again == {audience for _, audience, _ in house.chat.posts} - {"requestor"}
    assert "Nothing was found" in house.alarms[-1]


async def test_an_acceptance_that_may_have_been_told_is_not_told_again(operator: Operator) -> None:
    record = await operator.house.approved()
    await operator.house.delivered(record)
    operator.backs_up()
    ana = operator.house.tenant.guests[ObjectId("guest-1")]
    accepted = replace(ana, redemption=Redemption.ACCEPTED, redemption_changed_at=operator.house.clock.now())
    operator.house.tenant.guests[ana.object_id] = accepted
    await operator.house.redemptions.go_round()
    await operator.house.settle()
    told = [audience for _, audience, _ in operator.house.chat.posts if audience.startswith("accepted/")]

    house = await operator.restores()
    await house.redemptions.go_round()
    await house.settle()

    again = [audience for _, audience, _ in house.chat.posts if audience.startswith("accepted/")]
    assert again == told
    assert (await house.now(record)).request.accepted_at == accepted.redemption_changed_at


async def test_a_link_in_the_backup_is_not_mailed_where_a_newer_one_was(operator: Operator) -> None:
    house = operator.house
    house.faults.before["send"] = [Unknown(Cause.UNAVAILABLE)]
    record = await house.approved()
    for _ in range(4):
        await house.run_due(JobKind.STEP)
    assert any(job.secret for job in (await house.now(record)).jobs.values())
    operator.backs_up()
    house.mail.letters.clear()
    house.tenant.guests.clear()
    house.faults.before["send"] = [Refused(Cause.MAIL_REFUSED)]
    assert await house.failed(record) is Cause.GUEST_GONE
    await house.decisions.retry("R-1001", MEGAN)
    await house.delivered(record)

    house = await operator.restores()
    await house.delivered(record)
    [mail] = house.mail.sent
    assert mail.link.endswith("link-2")


async def test_a_look_that_was_cut_short_begins_again_and_reports_nothing_twice(operator: Operator) -> None:
    await operator.house.sent()
    operator.backs_up()
    await operator.house.delivered(await approve(operator.house, "R-1001"))
    for address in (BEN, "eve@fabrikam.com"):
        await operator.house.delivered(await operator.house.approved(draft(address=address)))
    house = await operator.restores()
    house.faults.calls.clear()

    def cut_short() -> None:
        if house.faults.calls.count("find_by_address") == 3:
            raise Unknown(Cause.UNAVAILABLE)

    house.faults.meanwhile["find_by_address"] = cut_short
    with pytest.raises(Unknown):
        await house.restores.look()
    assert len(await details(house, "restore.effect-found")) == 3
    await house.restores.look()
    await house.restores.look()
    assert len(await details(house, "restore.effect-found")) == 9
    assert len(house.alarms) == 1


# --- what the restored database has lost -----------------------------------------------------------------


async def test_a_request_that_is_lost_is_unknown_since_the_restore_by_its_number_and_by_its_button(
    operator: Operator,
) -> None:
    await operator.house.sent()
    operator.backs_up()
    lost = await operator.house.sent(draft(address=BEN))
    assert (await operator.house.decisions.find("R-7")) == UnknownRequest("R-7")
    at = operator.house.clock.now() - timedelta(minutes=20)

    house = await operator.restores()

    [restore] = await house.store.restores()
    assert (restore.to, restore.last, restore.next) == (at, 1001, 17_101)
    assert await house.decisions.find("R-1002") == UnknownRequest("R-1002", restore)
    assert await house.decisions.find(lost.request.request_id) == UnknownRequest("", restore)
    assert await house.decisions.approve("r-1002", ALEX, None) == UnknownRequest("R-1002", restore)
    for never in ("R-7", "R-17101", "R-99999"):
        assert await house.decisions.find(never) == UnknownRequest(never)
    assert (await house.sent(draft(address=BEN))).request.number == 17_101
    assert isinstance(await house.decisions.find("R-17101"), Record)


async def test_a_request_that_is_lost_during_an_act_is_unknown_in_the_same_words(operator: Operator) -> None:
    class Losing:
        """The restored store, in which a request of before is still found and then is not there."""

        def __getattr__(self, name: str) -> Any:
            return getattr(house.store, name)

        async def record(self, request_id: RequestId) -> Record | None:
            return lost if request_id == lost.request.request_id else None

    await operator.house.sent()
    operator.backs_up()
    lost = await operator.house.sent(draft(address=BEN))
    house = await operator.restores()
    unknown = await house.decisions.find("R-1002")
    house.decisions.store = Losing()
    assert await house.decisions.cancel(lost.request.request_id, MEGAN) == unknown


async def test_what_a_lost_request_gave_is_reported_by_what_its_mail_tells(operator: Operator) -> None:
    await operator.house.sent()
    operator.backs_up()
    lost = await operator.house.approved(draft(address=BEN))
    await operator.house.delivered(lost)

    house = await operator.restores()
    await house.restores.look()

    found = [one.fact for one in await house.audit() if one.fact.what == "restore.effect-found"]
    assert {one.request_id for one in found} == {lost.request.request_id}
    assert [one.detail["effect"] for one in found] == ["mail", "guest", "access"]
    assert found[0].detail["app"] == lost.request.app.object_id
    assert "R-1002: mail, guest, access of guest guest-1; the request is lost" in house.alarms[0]
    assert BEN not in house.alarms[0]


async def test_a_guest_of_whom_no_request_knows_is_reported_and_one_with_an_approval_is_not(
    operator: Operator,
) -> None:
    record = await operator.house.approved()
    operator.backs_up()
    await operator.house.delivered(record)
    by_hand = Guest(ObjectId("by-hand"), "Eve", "eve@fabrikam.com", Redemption.PENDING)
    operator.house.tenant.guests[by_hand.object_id] = by_hand
    operator.house.tenant.made_at[by_hand.object_id] = operator.house.clock.now()

    house = await operator.restores()
    await house.restores.look()

    [found] = await details(house, "restore.effect-found")
    assert found == {"effect": "guest", "guest": "by-hand"}


# --- noticing -------------------------------------------------------------------------------------------


async def test_a_snapshot_of_the_whole_disk_is_noticed_by_the_mailbox(operator: Operator) -> None:
    record = await operator.house.sent()
    operator.backs_up()
    await approve(operator.house, "R-1001")
    await operator.house.delivered(record)

    house = await operator.restores(keeps_witness=False)
    assert await house.store.restores() == []
    await house.restores.suspect()

    [restore] = await house.store.restores()
    await house.restores.suspect()
    assert await house.store.restores() == [restore]
    await house.restores.look()
    assert "R-1001: guest, access, mail" in house.alarms[0]


async def test_a_mail_of_a_lost_request_is_noticed_once(operator: Operator) -> None:
    await operator.house.sent()
    operator.backs_up()
    await operator.house.delivered(await operator.house.approved(draft(address=BEN)))
    await operator.restores(keeps_witness=False, minutes=1)
    for _ in range(3):  # as often as it starts soon afterwards
        await operator.house.restores.suspect()
        await operator.starts_again()
    assert len(await operator.house.store.restores()) == 1


async def test_a_mailbox_that_answers_late_is_still_compared_with_what_was_known_at_the_start(
    operator: Operator,
) -> None:
    await operator.house.sent()
    operator.backs_up()
    await operator.house.delivered(await operator.house.approved(draft(address=BEN)))
    house = await operator.restores(keeps_witness=False)
    house.faults.before["sent_since"] = [Unknown(Cause.UNAVAILABLE)]
    with pytest.raises(Unknown):
        await house.restores.suspect()
    await house.sent(draft(address="eve@fabrikam.com"))
    await house.restores.look()
    assert len(await house.store.restores()) == 1
    assert len(house.alarms) == 1


async def test_mails_of_another_installation_and_of_known_approvals_raise_no_suspicion(
    operator: Operator,
) -> None:
    house = operator.house
    record = await house.approved()
    await house.delivered(record)
    [sent] = house.mail.sent
    other = replace(sent.origin, request_id=RequestId("f" * 32), subject=Subject("other"))
    house.mail.sent.append(replace(sent, origin=other))
    await house.restores.suspect()
    assert await house.store.restores() == []
    await house.restores.look()
    assert house.alarms == []


async def test_without_a_mailbox_nothing_is_asked_of_it(operator: Operator) -> None:
    operator.house.mail.configured = False
    await operator.house.sent()
    operator.backs_up()
    await operator.house.sent(draft(address=BEN))
    house = await operator.restores()
    await house.restores.suspect()
    await house.restores.look()
    assert "sent_since" not in house.faults.calls
    assert "Nothing was found" in house.alarms[0]


async def test_a_restart_without_a_restore_is_no_restore(operator: Operator) -> None:
    await operator.house.delivered(await operator.house.approved())
    await operator.starts_again()
    await operator.house.restores.suspect()
    await operator.house.restores.look()
    assert await operator.house.store.restores() == []
    assert operator.house.alarms == []


# --- removals from the directory, and set-ups ------------------------------------------------------------


async def removal_of(house: House) -> Record:
    record = await house.acts.remove(ObjectId("guest-1"), MEGAN, "over", Place(""), seen=None, personal=True)
    assert isinstance(record, Record), record
    return record


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
async def test_a_removal_that_was_begun_goes_on_where_the_world_is(operator: Operator, steps: int) -> None:
    await operator.house.delivered(await operator.house.approved())
    record = await removal_of(operator.house)
    for _ in range(steps):
        await operator.house.run_due()
        operator.house.clock.turn(seconds=1)
    operator.backs_up()
    await operator.house.delivered(record)
    operator.house.clock.turn(days=7, minutes=1)
    await operator.house.settle()
    assert not operator.house.tenant.guests

    house = await operator.restores()
    await house.restores.look()
    await house.settle()
    house.clock.turn(days=7, minutes=1)
    await house.settle()
    account = (await house.now(record)).request.account
    assert account is not None
    assert account.state is AccountState.DELETED, account.failure
    assert house.faults.calls.count("delete") == 1
    assert "Nothing was found" in house.alarms[-1], "the right to it is stored"


async def test_a_removal_that_was_undone_after_the_backup_deletes_nobody(operator: Operator) -> None:
    await operator.house.delivered(await operator.house.approved())
    record = await operator.house.delivered(await removal_of(operator.house))
    operator.backs_up()
    await operator.house.acts.restore(record.request.label, MEGAN)
    await operator.house.settle()

    house = await operator.restores()
    await house.restores.look()
    house.clock.turn(days=7, minutes=1)
    await house.settle()
    assert house.tenant.guests[ObjectId("guest-1")].enabled
    assert record.request.label in house.alarms[-1]


async def set_up(house: House, record: Record) -> None:
    """Run the steps of a set-up; the row that looks into the policy sleeps again and again."""
    for _ in range(40):
        await house.run_due(JobKind.SETUP)
        house.clock.turn(seconds=60)
    assert (await house.now(record)).request.state is State.DELIVERED


async def test_the_group_of_a_set_up_whose_approval_was_lost_is_reported_and_used(operator: Operator) -> None:
    house = operator.house
    sent = await house.setups.send(
        Setting(app="Patient Portal", makes=True), MEGAN, Place(""), personal=False
    )
    assert isinstance(sent, Record)
    operator.backs_up()
    await house.decisions.approve(sent.request.label, LIDIA, None)
    await set_up(house, sent)
    groups = set(house.tenant.groups)

    house, _ = await operator.loses_all_of(sent)
    request = (await house.now(sent)).request
    assert request.effects == (Effect.GROUP,)
    [found] = await details(house, "restore.effect-found")
    assert found == {"effect": "group", "request": "R-1001", "group": found["group"]}
    assert f"R-1001: group {found['group']}." in house.alarms[-1]
    await house.restores.look()
    assert len(house.alarms) == 1
    approved = await house.decisions.approve(sent.request.label, LIDIA, None)
    assert isinstance(approved, Record), approved
    await set_up(house, sent)
    assert set(house.tenant.groups) == groups


async def test_a_set_up_that_made_nothing_is_not_reported_nor_where_groups_are_not_read(
    operator: Operator,
) -> None:
    sent = await operator.house.setups.send(
        Setting(app="Patient Portal", makes=True), MEGAN, Place(""), personal=False
    )
    assert isinstance(sent, Record)
    operator.backs_up()
    await operator.house.decisions.deny(sent.request.label, LIDIA, "not this quarter")
    operator.house.faults.before["group-find"] = [Refused(Cause.RIGHTS_MISSING)]
    house, _ = await operator.loses_all_of(sent)
    assert (await house.now(sent)).request.effects == ()
    assert "Nothing was found" in house.alarms[-1]
