"""The steps of a change of a guest's details: each looks at what is there before it writes, and after."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from access.ports import Accounts, NotYet, Profiles, Refused
from access.rules import jobs
from access.rules.causes import Cause
from access.rules.delivery import StepDone
from access.rules.model import Detail, Edit, Job, Json, Named, ObjectId, Request, StepKind
from access.rules.profiles import Profile
from access.service.steps import Patience, guest_of

_MOST_SPONSORS = 5
"""Graph takes no sixth."""


@dataclass(frozen=True, slots=True)
class ProfileSteps:
    """Writes what is as it was, leaves what is as it is to be, and stops where somebody else has written."""

    profiles: Profiles
    accounts: Accounts
    patience: Patience

    def by_kind(self) -> Mapping[str, Callable[[Job, Request], Awaitable[StepDone]]]:
        return {
            StepKind.WRITE_PROFILE: self._write,
            StepKind.NAME_SPONSOR: self._name_sponsor,
            StepKind.DROP_SPONSORS: self._drop_sponsors,
            StepKind.PROVE_PROFILE: self._prove,
        }

    async def _write(self, job: Job, request: Request) -> StepDone:  # noqa: ARG002 - as every step
        profile, trace = await self.profiles.read(guest_of(request))
        wanted = [edit for edit in request.edits if edit.what is not Detail.SPONSOR]
        to_write = [edit for edit in wanted if _now(profile, edit) != edit.to]
        if any(_now(profile, edit) != edit.was for edit in to_write):
            raise Refused(Cause.CHANGED_MEANWHILE, trace=trace)
        if not to_write:
            return _done([], trace)
        try:
            acted = await self.profiles.write(guest_of(request), {edit.what: edit.to for edit in to_write})
        except Refused as error:
            raise await self._called(error, request) from error
        return _done([acted.trace], trace)

    async def _called(self, error: Refused, request: Request) -> Refused:
        """Return a refusal by its name: of who holds a role it is not Guestlist that lacks a permission."""
        if error.cause is not Cause.RIGHTS_MISSING:
            return error
        held = await self.accounts.holdings(guest_of(request))
        protected = held is not None and held.roles
        return Refused(Cause.PROTECTED, trace=error.trace) if protected else error

    async def _name_sponsor(self, job: Job, request: Request) -> StepDone:  # noqa: ARG002 - as every step
        """Have the new sponsor before the old ones go: a guest is at no moment without one."""
        profile, trace = await self.profiles.read(guest_of(request))
        wanted, there = _wanted(request), {one.object_id for one in profile.sponsors}
        if not there <= {*wanted, *_were(request)}:
            raise Refused(Cause.CHANGED_MEANWHILE, trace=trace)
        traces, going, many = list[Json](), [*_before(request, profile)], len(there)
        for sponsor in (one for one in wanted if one not in there):
            if many == _MOST_SPONSORS and going:
                traces += await self._drop(request, [going.pop()])
                many -= 1
            traces.append((await self.profiles.sponsor(guest_of(request), sponsor)).trace)
            many += 1
        return _done(traces, trace)

    async def _drop_sponsors(self, job: Job, request: Request) -> StepDone:  # noqa: ARG002 - as every step
        profile, trace = await self.profiles.read(guest_of(request))
        return _done(await self._drop(request, _before(request, profile)), trace)

    async def _drop(self, request: Request, sponsors: Sequence[Named]) -> list[Json]:
        """Take sponsors off, one after the other, and return Graph's ids of that."""
        guest_id = guest_of(request)
        return [(await self.profiles.unsponsor(guest_id, one.object_id)).trace for one in sponsors]

    async def _prove(self, job: Job, request: Request) -> StepDone:
        """Read back until it is so; what is not so has a minute to become so."""
        profile, trace = await self.profiles.read(guest_of(request))
        if all(_is_so(profile, edit, request) for edit in request.edits):
            return StepDone(traces={"request-id": trace})
        if jobs.looks(job) < self.patience.proof_tries - 1:
            raise NotYet(Cause.REPLICATING)
        raise Refused(Cause.NOT_CHANGED, trace=trace)


def _now(profile: Profile, edit: Edit) -> str:
    return profile.name if edit.what is Detail.NAME else profile.company


def _wanted(request: Request) -> list[ObjectId]:
    """Return who is to be sponsor: one, or as many as a change that is taken back had replaced."""
    return [edit.sponsor.object_id for edit in request.edits if edit.sponsor is not None]


def _were(request: Request) -> set[ObjectId]:
    return {one.object_id for edit in request.edits for one in edit.were}


def _before(request: Request, profile: Profile) -> tuple[Named, ...]:
    """Return of the sponsors that there are those who are to go."""
    go = _were(request) - {*_wanted(request)}
    return tuple(one for one in profile.sponsors if one.object_id in go)


def _is_so(profile: Profile, edit: Edit, request: Request) -> bool:
    if edit.what is not Detail.SPONSOR:
        return _now(profile, edit) == edit.to
    there = {one.object_id for one in profile.sponsors}
    return edit.sponsor is not None and edit.sponsor.object_id in there and not _before(request, profile)


def _done(traces: Sequence[Json], looked: str) -> StepDone:
    """Return what was written, by Graph's ids; where nothing was, what was found."""
    if not traces:
        return StepDone(traces={"found": True, "request-id": looked})
    several: dict[str, Json] = {"request-ids": list(traces)} if len(traces) > 1 else {}
    return StepDone(traces={"request-id": traces[-1], **several})
