"""What the steps of a delivery and those of an end have in common."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from access.ports import Missing
from access.rules.accounts import EACH_LOOK
from access.rules.causes import Cause
from access.rules.delivery import StepDone
from access.rules.model import Job, ObjectId, Request
from access.service.holding import LEASE


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a claim holds, and how often a step waits for the directory before it fails."""

    lease: timedelta = LEASE
    longest: timedelta = timedelta(seconds=45)
    """How long a step may take, its lease renewed meanwhile; then it counts as lost."""
    replication_tries: int = 40
    """With back-off up to a minute: about half an hour."""
    proof_tries: int = 7
    """With back-off: about a minute."""
    waits_for_another: int = 240
    """How often a step waits for another request: about four hours, and an end for less than two."""
    most: timedelta = timedelta(seconds=60)
    until_gone: timedelta = EACH_LOOK
    """How long until it is looked again whether an account is gone before its time."""


USUAL = Patience()


class HasSteps(Protocol):
    """Does the steps of one kind of request."""

    def by_kind(self) -> Mapping[str, Callable[[Job, Request], Awaitable[StepDone]]]: ...


def guest_of(request: Request) -> ObjectId:
    if request.guest_id is None:
        raise Missing(Cause.GUEST_GONE, "no guest is known to this request")
    return request.guest_id


def may_have_begun(job: Job, request: Request) -> bool:
    """Tell whether somebody may have called before: another claim, or a time that the database forgot."""
    return job.started > 1 or request.restored is not None
