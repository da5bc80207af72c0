"""The judge of guests' lives: a fair life has no fault, and each rule finds the one that is planted."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.kills.lives import lives
from tests.kills.past import Aftermath
from tests.races.people import LANE, identity
from tests.races.rights import may_do

LANE_1 = LANE[0]
ANA, GUEST = "canary.ana@fabrikam.com", "guest-ana"
APP, OWNER, STRANGER = LANE_1.harbor, LANE_1.requestor, LANE_1.stranger
AT = datetime(2026, 11, 22, tzinfo=UTC)
ADDED, REMOVED = "assignment.created", "assignment.removed"
JOINS = "Add app role assignment grant to user"
LEAVES = "Remove app role assignment from user"

_ACTIVITIES = {
    ADDED: JOINS,
    REMOVED: LEAVES,
    "user.changed": "Disable account",
    "user.deleted": "Delete user",
}


class Life:
    """What was written down of one guest, an act after the other."""

    def __init__(self) -> None:
        self.chain: list[dict[str, Any]] = []
        self.ledger: list[dict[str, Any]] = []
        self.heads: dict[int, int] = {}
        self.logged: list[dict[str, Any]] = []
        self.bodies: dict[str, dict[str, Any]] = {}

    def entry(self, what: str, who: str = "", request: str = "r1", **detail: Any) -> None:
        seq = len(self.chain) + 1
        actor = identity(who) if who else None
        about = {"request_id": request, "what": what, "actor": actor, "detail": json.dumps(detail)}
        self.chain.append({"seq": seq, "at": _ticks(AT + timedelta(seconds=10 * seq)), **about})

    def event(self, kind: str, **detail: Any) -> None:
        """Note an effect that came in while the newest entry was the newest."""
        seq = len(self.ledger) + 1
        self.ledger.append({"seq": seq, "kind": kind, "detail": detail})
        self.heads[seq] = len(self.chain)

    def log(self, activity: str, *targets: str) -> None:
        about = [{"id": one, "displayName": one} for one in (GUEST, *targets)]
        entry = {"activityDisplayName": activity, "targetResources": about, "head": len(self.chain)}
        self.logged.append(entry)

    def step(self, step: str, kind: str, request: str = "r1", **detail: Any) -> None:
        """Carry a step out, as it should be."""
        self.entry("step.begun", request=request, step=step)
        self.event(kind, **detail)
        if kind in _ACTIVITIES:
            self.log(_ACTIVITIES[kind], APP)
        self.entry("step.done", request=request, step=step, **{"request-id": "x"})

    def give(self, step: str = "give") -> None:
        self.step(step, ADDED, guest=GUEST, address=ANA, app=APP)

    def take(self) -> None:
        self.step("take-away", REMOVED, guest=GUEST, address=ANA, app=APP)

    def delivered(self) -> None:
        self.bodies["r1"] = body("invite", 1001)
        self.entry("request.approved", LANE_1.approvers[0])
        self.step("invite", "user.created", guest=GUEST, address=ANA)
        self.give()
        self.entry("request.delivered")

    def ended(self, who: str = OWNER) -> None:
        self.entry("assignment.ending", who)
        self.take()
        self.entry("assignment.ended", left="nothing")
        self.bodies["r1"] = body("invite", 1001, "ended")

    def returned(self, who: str = OWNER) -> None:
        self.entry("assignment.returning", who)
        self.give("give-again")
        self.entry("assignment.returned")
        self.bodies["r1"] = body("invite", 1001)

    def removed(self, who: str = OWNER) -> None:
        self.bodies["r2"] = body("remove", 1002)
        self.entry("request.ordered", who, "r2")
        self.step("block", "user.changed", "r2", id=GUEST)
        self.entry("account.blocked", request="r2")

    def after(self, **more: Any) -> Aftermath:
        return Aftermath(
            chain=self.chain,
            ledger=self.ledger,
            heads=self.heads,
            bodies=self.bodies,
            logged=self.logged,
            may=lambda who, act, about, had: may_do(LANE_1, who, act, about, had),
            **{"guests": [guest()], **more},
        )


def _ticks(at: datetime) -> int:
    return round(at.timestamp() * 1e6)


def body(kind: str, number: int, state: str = "active") -> dict[str, Any]:
    access = kind == "invite"
    return {
        "kind": kind,
        "number": number,
        "address": ANA,
        "requestor": {"object_id": identity(OWNER)},
        "app": {"name": APP if access else ""},
        "give": {"kind": "appRole", "name": "Reader"},
        "assignment": {"state": state} if access else None,
        "account": None if access else {"state": "blocked"},
    }


def guest(*apps: str, enabled: bool = True) -> Mapping[str, Any]:
    return {"mail": ANA, "groups": [], "assignments": apps or (APP,), "accountEnabled": enabled}


NOBODY: Sequence[Mapping[str, Any]] = [guest("")]


def found(after: Aftermath) -> str:
    return "\n".join(lives(after))


def given() -> Life:
    life = Life()
    life.delivered()
    return life


def test_a_guest_who_was_given_lost_and_got_back_what_they_had_has_no_fault() -> None:
    life = given()
    assert found(life.after()) == ""
    life.ended()
    assert found(life.after(guests=NOBODY)) == ""
    life.returned()
    assert found(life.after()) == ""


def test_an_effect_without_an_entry_of_its_step_is_found() -> None:
    life = given()
    life.event(REMOVED, guest=GUEST, address=ANA, app=APP)
    assert "assignment.removed without a step that is under way" in found(life.after(guests=NOBODY))
    late = given()
    late.event(ADDED, guest=GUEST, address=ANA, app=APP)
    assert "assignment.created without a step that is under way" in found(late.after())


def test_an_effect_that_nobody_approved_or_wanted_is_found() -> None:
    life = given()
    life.take()
    assert "before an approval of it or an act that wants it" in found(life.after(guests=NOBODY))
    again = given()
    again.ended()
    again.returned()
    again.take()
    assert "an act that wants it" in found(again.after(guests=NOBODY))
    never = Life()
    never.bodies["r1"] = body("invite", 1001)
    never.give()
    never.entry("request.delivered")
    assert "before an approval of it" in found(never.after())


def test_who_was_not_named_and_loses_something_is_found() -> None:
    life = given()
    life.entry("assignment.ending", OWNER)
    life.entry("step.begun", step="take-away")
    life.event(REMOVED, guest="guest-bo", address="canary.bo@fabrikam.com", app=APP)
    assert "canary.bo@fabrikam.com: assignment.removed without a step" in found(life.after())
    other = given()
    other.entry("assignment.ending", OWNER)
    other.entry("step.begun", step="take-away")
    other.event("member.removed", guest=GUEST, address=ANA, group=LANE_1.millers)
    assert "member.removed without a step that is under way" in found(other.after())


def test_what_is_given_twice_made_twice_or_mailed_twice_is_found() -> None:
    life = given()
    life.give()
    assert f"{APP} was given 2 times, and decided 1 times" in found(life.after())
    made = given()
    made.event("user.created", guest="again", address=ANA)
    assert "made 2 times" in found(made.after())
    mailed = given()
    for _ in range(2):
        mailed.event("mail.sent", to=[ANA], key="k")
    assert "one mail was sent 2 times" in found(mailed.after())


def test_an_access_that_stands_after_it_was_taken_away_or_is_gone_for_no_cause_is_found() -> None:
    life = given()
    assert f"{ANA} has {APP} by the chain, and not in the directory" in found(life.after(guests=NOBODY))
    life.ended()
    assert f"{ANA} has {APP}, which no act leaves standing" in found(life.after())


@pytest.mark.parametrize(
    ("who", "fault"),
    [
        (STRANGER, "request.ordered/remove by somebody who may not"),
        (LANE_1.asker, "request.ordered/remove by somebody who may not"),
        (LANE_1.approvers[0], "request.ordered/remove by somebody who may not"),
        (OWNER, ""),
        (LANE_1.half, ""),
        (LANE_1.admin, ""),
    ],
)
def test_who_may_not_remove_an_account_and_does_is_found(who: str, fault: str) -> None:
    life = given()
    life.removed(who)
    said = found(life.after(guests=[guest(enabled=False)]))
    assert fault in said if fault else not said


def test_a_sponsor_who_is_taken_off_without_an_end_that_wants_it_is_found() -> None:
    life = given()
    life.ended()
    life.step("unsponsor", "sponsor.removed", guest=GUEST)
    assert found(life.after(guests=NOBODY)) == ""
    early = given()
    early.step("unsponsor", "sponsor.removed", guest=GUEST)
    assert f"{ANA}: sponsor.removed before an approval of it or an act" in found(early.after())


def test_an_owner_of_one_app_who_removes_a_guest_of_two_is_found_and_so_is_the_deletion() -> None:
    life = given()
    life.event("member.added", guest=GUEST, address=ANA, group=LANE_1.millers)
    del life.heads[len(life.ledger)]  # by somebody else
    life.removed(LANE_1.half)
    blocked = guest(APP, LANE_1.millers, enabled=False)
    assert "R-1002: request.ordered/remove by somebody who may not" in found(life.after(guests=[blocked]))
    late = given()
    late.removed(LANE_1.half)
    late.event("member.added", guest=GUEST, address=ANA, group=LANE_1.millers)
    del late.heads[len(late.ledger)]
    late.entry("a.entry")
    late.step("delete", "user.deleted", "r2", id=GUEST)
    late.entry("account.deleted", request="r2")
    late.bodies["r2"]["account"] = {"state": "deleted"}
    assert "which is not theirs who removed it" in found(late.after(guests=[]))


@pytest.mark.parametrize("act", ["ended", "returned"])
def test_a_stranger_who_ends_or_gives_again_is_found(act: str) -> None:
    life = given()
    life.ended(STRANGER if act == "ended" else OWNER)
    if act == "returned":
        life.returned(STRANGER)
    assert "by somebody who may not" in found(life.after(guests=NOBODY if act == "ended" else [guest()]))


def test_who_only_asked_and_overrules_who_took_it_away_is_found() -> None:
    life = given()
    life.bodies["r1"]["requestor"] = {"object_id": identity(LANE_1.asker)}
    life.ended(OWNER)
    life.returned(LANE_1.asker)
    assert "given again" in found(life.after())
    own = given()
    own.ended(LANE_1.asker)
    own.returned(LANE_1.asker)
    own.bodies["r1"]["requestor"] = {"object_id": identity(LANE_1.asker)}
    assert found(own.after()) == ""


def test_an_account_that_is_not_as_its_removals_have_come_to_is_found() -> None:
    life = given()
    assert "no removal has blocked them" in found(life.after(guests=[guest(enabled=False)]))
    life.removed()
    assert "can sign in, and is blocked by the chain" in found(life.after())
    life.step("delete", "user.deleted", "r2", id=GUEST)
    life.entry("account.deleted", request="r2")
    life.bodies["r2"]["account"] = {"state": "deleted"}
    assert "is in the directory, and deleted by the chain" in found(life.after())
    assert found(life.after(guests=[])) == ""


def test_what_is_stored_otherwise_than_the_chain_says_or_hangs_is_found() -> None:
    life = given()
    life.bodies["r1"] = body("invite", 1001, "ended")
    assert "stored as ended, which the chain does not say" in found(life.after())
    life = given()
    life.entry("assignment.ending", OWNER)
    assert "R-1001: ending, and nothing goes on with it" in found(life.after())
    life = given()
    life.removed()
    life.bodies["r2"]["account"] = {"state": "restored"}
    assert "stored as restored" in found(life.after(guests=[guest(enabled=False)]))


@pytest.mark.parametrize(("by_an_act", "fault"), [(False, ""), (True, f"{ANA} has {APP}, which no act")])
def test_what_was_lost_with_the_account_goes_on_with_it_and_what_an_act_took_does_not(
    *, by_an_act: bool, fault: str
) -> None:
    life = given()
    if by_an_act:
        life.entry("assignment.ending", OWNER)
    life.entry("assignment.ended", left="guest-gone")
    life.entry("assignment.resumed")
    life.bodies["r1"] = body("invite", 1001, "ended" if by_an_act else "active")
    said = found(life.after())
    assert fault in said if fault else not said


def test_an_access_whose_renewal_was_undone_goes_on_until_its_old_end() -> None:
    life = given()
    life.entry("assignment.renewed", by="r9")
    life.entry("assignment.shortened", by="r9")
    assert found(life.after()) == ""


def test_what_entra_tells_and_the_chain_does_not_is_found_and_the_other_way_round() -> None:
    life = given()
    life.log(LEAVES, APP)
    assert f"Entra tells of {LEAVES}" in found(life.after())
    late = given()
    late.log(JOINS, APP)  # after its step was over
    assert f"Entra tells of {JOINS}" in found(late.after())
    silent = given()
    silent.ended()
    after = silent.after(guests=NOBODY)
    gone = [one for one in silent.logged if one["activityDisplayName"] != LEAVES]
    said = found(replace(after, logged=gone))
    assert "take-away is done by the chain, and Entra tells nothing of it" in said


def test_a_card_that_still_says_what_is_over_is_found() -> None:
    life = given()
    life.event("card.posted", activityId="m1", fallbackText="Delivered. R-1001: Ana")
    life.event("card.posted", activityId="m2", fallbackText="Delivered. R-1001: Ana")
    life.ended()
    cards = [("r1", "m1"), ("r1", "m2")]
    life.bodies["r3"] = {**body("invite", 1003), "address": "canary.bo@fabrikam.com"}
    life.entry("request.delivered", request="r3")
    life.event("card.posted", activityId="m3", fallbackText="Delivered. R-1003: Bo")
    bo = {**guest(), "mail": "canary.bo@fabrikam.com"}
    after = life.after(guests=[*NOBODY, bo], cards=[*cards, ("r3", "m3")])
    assert "Delivered stands on the cards of ['R-1003'], who have it" in found(after)
    for message in ("m1", "m2"):
        life.event("card.updated", activityId=message, fallbackText="Ended. R-1001: Ana")
    assert found(after) == ""
