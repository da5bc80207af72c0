"""Requests with facts, and the policy in force when they were sent, for another to be tried on."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from access.rules import deciding, sending
from access.rules.facts import Facts, Laid, Meant
from access.rules.model import Named, ObjectId, Panel, Record, Request
from access.rules.policy import Policy
from access.rules.policy_reader import read_policy
from access.rules.replay import replay
from access.rules.replayed import Replayed, What
from tests.rules.making import GIVE, NOW, ZONE, done, plan
from tests.rules.making import request as made

APP, GROUP, CROWD, OTHERS = (f"{digit * 8}-1111-4111-8111-111111111111" for digit in "1234")
MEGAN, ALEX, NIA, LEE, JONI = (
    Named(ObjectId(f"{digit * 8}-5555-4555-8555-555555555555"), name)
    for digit, name in zip(
        "12345", ("Megan Bowen", "Alex Wilber", "Nia Chen", "Lee Gu", "Joni Sherman"), strict=True
    )
)
OWNERS, MEMBERS = "app-owners", f"group:{GROUP}"
MEANT = (
    Meant(OWNERS, (MEGAN.object_id, ALEX.object_id, NIA.object_id)),
    Meant(MEMBERS, (LEE.object_id, MEGAN.object_id)),
)
FACTS = Facts(
    domain="fabrikam.com",
    give=GIVE,
    guest_known=False,
    letters=24,
    usual=None,
    landing="app-home",
    closes_after=14 * 24 * 3600,
    stages=(Laid((OWNERS,), fallback=(MEMBERS,)),),
    meant=MEANT,
)
NONE_OF = "It would be refused: Megan Bowen is none of"
IN_FORCE = f"""
[roles]
admins = ["{MEMBERS}"]
[[defaults.stage]]
approvers = ["app-owners"]
fallback = ["role:admins"]
"""


def sent(facts: Facts | None = FACTS, **changes: object) -> Request:
    usual: dict[str, Any] = {
        "app": Named(ObjectId(APP), "Health Records"),
        "requestor": MEGAN,
        "facts": facts,
    }
    return replace(made(), **{**usual, **changes})


def waiting(request: Request) -> Record:
    change = sending.send(request, NOW, personal=False)
    return Record(request=change.request, jobs={job.key: job for job in change.jobs})


def approved(
    *by: Named, facts: Facts = FACTS, panels: tuple[Panel, ...] = (), at: timedelta = timedelta(hours=1)
) -> Request:
    """Return a request that these approved, an hour after each other."""
    record = waiting(sent(facts))
    panels = panels or (Panel((ALEX, NIA), quorum=len(by)),)
    for place, one in enumerate(by, start=1):
        record = done(record, deciding.approve(one, deciding.Facts(panels, plan()), None), NOW + place * at)
    return record.request


def denied(by: Named, *, panels: tuple[Panel, ...] = (Panel((ALEX, NIA)),)) -> Request:
    return done(
        waiting(sent()), deciding.deny(by, panels, "Not this quarter"), NOW + timedelta(hours=1)
    ).request


def policy(more: str = "", stages: str = "", usual: str = "") -> Policy:
    """Return the policy in force with something else in it."""
    head, _, stage = IN_FORCE.partition("[[defaults.stage]]")
    return read_policy(f"{head}[defaults]\n{usual}\n{stages or '[[defaults.stage]]' + stage}\n{more}")


def told(found: Replayed) -> list[tuple[What, str]]:
    return [(one.what, one.words) for one in found.differences]


def tried(by: Policy, request: Request | None = None, after: timedelta = timedelta(hours=1)) -> Replayed:
    """Try a policy on a request, so long after that was sent."""
    return replay(by, request or sent(), NOW + after, ZONE)
