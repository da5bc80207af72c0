"""A change of a guest's details: what it would do, its order, and the end of it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from access.rules import jobs
from access.rules.accounts import Ordered, Right
from access.rules.changing import entry, moved_by
from access.rules.lifecycle import Event
from access.rules.model import (
    AuditFact,
    Change,
    Give,
    GiveKind,
    Guest,
    Job,
    JobKind,
    JobStatus,
    Json,
    ObjectId,
    Plan,
    Request,
    StepKind,
    Subject,
)
from access.rules.plan import plan_of
from access.rules.profiles import LONGEST, NOTHING_TYPED, Detail, Edit, Profile, Typed, Wanted, WhyNot
from access.rules.visible import has_letters, visible

Digests = Mapping[str, Subject]
"""Of each name and company that is changed the keyed digest, which is all that the audit keeps of it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A guest's details as they are, for who may change them; `why` says what was against what was typed."""

    guest: Guest
    profile: Profile
    right: Right
    why: WhyNot | None = None
    typed: Typed = NOTHING_TYPED


def typed(name: str | None, company: str | None) -> Wanted | WhyNot:
    """Read a name and a company as somebody typed them; what cannot be seen is left out."""
    name, company = (None if one is None else visible(one) for one in (name, company))
    if name is not None and not has_letters(name):
        return WhyNot.NAME_MISSING
    if name is not None and len(name) > LONGEST[Detail.NAME]:
        return WhyNot.NAME_LONG
    if company is not None and len(company) > LONGEST[Detail.COMPANY]:
        return WhyNot.COMPANY_LONG
    return Wanted(name, company)


def in_field(text: str, what: Detail) -> str:
    """Return a detail as the form has it in its field."""
    return visible(text)[: LONGEST[what]]


def touched(typed: Typed, profile: Profile) -> Typed:
    """Return of a form what is not as the form had it: a field that nobody touched is no edit."""
    fields = ((typed.name, profile.name, Detail.NAME), (typed.company, profile.company, Detail.COMPANY))
    name, company = (
        None if text is None or visible(text) == in_field(was, what) else text for text, was, what in fields
    )
    return replace(typed, name=name, company=company)


def edits(profile: Profile, wanted: Wanted) -> tuple[Edit, ...]:
    """Return what is another than the directory has it; a sponsor takes the place of all there are."""
    found = []
    if wanted.name is not None and wanted.name != profile.name:
        found.append(Edit(Detail.NAME, profile.name, wanted.name))
    if wanted.company is not None and wanted.company != profile.company:
        found.append(Edit(Detail.COMPANY, profile.company, wanted.company))
    sponsor, were = wanted.sponsor, {one.object_id for one in profile.sponsors}
    if sponsor is not None and were != {sponsor.object_id}:
        names = ", ".join(one.name for one in profile.sponsors)
        found.append(Edit(Detail.SPONSOR, names, sponsor.name, profile.sponsors, sponsor))
    return tuple(found)


def mark(profile: Profile) -> str:
    """Return by what a form is known to show this and no other."""
    sponsors = sorted(one.object_id for one in profile.sponsors)
    text = json.dumps([profile.name, profile.company, sponsors])
    return hashlib.sha256(text.encode()).hexdigest()


def plan(guest: Guest, wanted: tuple[Edit, ...], digests: Digests) -> Plan:
    """Return what would be done; its hash covers the guest, and what each detail was and is to be."""
    whats = {edit.what for edit in wanted}
    steps: list[StepKind] = []
    if whats & {Detail.NAME, Detail.COMPANY}:
        steps.append(StepKind.WRITE_PROFILE)
    if Detail.SPONSOR in whats:
        steps += [StepKind.NAME_SPONSOR, StepKind.DROP_SPONSORS]
    parts: dict[str, str] = {"guest": guest.object_id}
    parts |= {what: json.dumps(told, sort_keys=True) for what, told in _all_told(wanted, digests).items()}
    return plan_of((*steps, StepKind.PROVE_PROFILE), guest, parts)


def on_profile(guest_id: ObjectId, plan: Plan) -> Give:
    """Return what stands where others have what they give: this very change, so that it is open once."""
    return Give(GiveKind.ACCOUNT, ObjectId(f"{guest_id}/{plan.hash[:16]}"), "")


def order(
    request: Request,
    right: Right,
    digests: Digests,
    now: datetime,
    *,
    personal: bool,
    undoes: Request | None = None,
) -> Change:
    """Begin a change that needs nobody else; who made another that it `undoes` gets its card, too."""
    assert request.plan is not None
    ordered = Ordered(request.requestor, now, request.plan.hash, right)
    request = moved_by(request, Event.ORDERED, now, ordered=ordered, guest_id=request.plan.guest_id)
    detail: dict[str, Json] = {"guest": request.guest_id, "plan": ordered.plan, "right": right}
    detail |= {**_all_told(request.edits, digests), **({"undoes": undoes.request_id} if undoes else {})}
    shown = jobs.card(request, jobs.REQUESTOR, request.place if personal else "", now)
    actor = request.requestor.object_id
    told = [entry(request, what, detail, actor) for what in ("request.submitted", "request.ordered")]
    steps = request.plan.steps if request.plan else ()
    rows = [shown, *_steps(request, steps, now)]
    if undoes is not None and undoes.requestor.object_id != actor:
        rows.append(jobs.card(request, f"{jobs.APPROVER}{undoes.requestor.object_id}", "", now))
    return Change(request=request, jobs=tuple(rows), audit=tuple(told))


def _all_told(edits: tuple[Edit, ...], digests: Digests) -> dict[str, Json]:
    """Return each detail for the audit; of several who become sponsor again, all of them."""
    told = {edit.what.value: _told(edit, digests) for edit in edits}
    named = [edit.sponsor.object_id for edit in edits if edit.sponsor]
    if len(named) > 1:
        told[Detail.SPONSOR.value]["to"] = [*sorted(named)]
    return dict(told)


def _told(edit: Edit, digests: Digests) -> dict[str, Json]:
    """Return for the audit what was and is to be: ids of members, and of what is personal a digest."""
    if edit.what is Detail.SPONSOR:
        were: list[Json] = [*sorted(one.object_id for one in edit.were)]
        return {"was": were, "to": edit.sponsor.object_id if edit.sponsor else ""}
    return {"was": digests[edit.was], "to": digests[edit.to]}


def _steps(request: Request, kinds: tuple[StepKind, ...], at: datetime) -> tuple[Job, ...]:
    return tuple(
        Job(
            key=jobs.key_of(request.request_id, request.cycle, kind),
            request_id=request.request_id,
            kind=JobKind.ACCOUNT,
            name=kind,
            status=JobStatus.WAITING if place else JobStatus.READY,
            due_at=at,
            position=place,
        )
        for place, kind in enumerate(kinds)
    )


def proved(before: Request, request: Request, now: datetime) -> tuple[Request, list[AuditFact]]:
    """Return the change as it is once it was read back."""
    state = moved_by(before, Event.DELIVERY_SUCCEEDED, now).state
    request = replace(request, state=state, delivered_at=now)
    whats: list[Json] = [edit.what.value for edit in request.edits]
    facts = [entry(request, "request.delivered", {})]
    return request, [*facts, entry(request, "profile.changed", {"guest": request.guest_id, "what": whats})]
