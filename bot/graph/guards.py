"""The GuardWriter port: policies that Guestlist makes, each write guarded by a read right before it."""

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation

from access.ports import MadeNow, Missing, NotDone, Refused, Reported, TooMany, Unfamiliar, Unknown
from access.rules.causes import Cause
from access.rules.conditional_access import AccessPolicy, PolicyState
from access.rules.guards import ADMIN_ROLES, Scope
from access.rules.model import ObjectId
from access.rules.protecting import ALL_GUESTS, B2B_GUESTS, is_as_drafted, is_ours
from bot.graph.client import Answer, GraphClient, ask
from bot.graph.conditional_access import body_of, policy_of
from bot.graph.directory import user_row
from bot.graph.pacer import Kind
from bot.graph.shapes import USER, USER_TYPE, is_object_id, path_id

log = logging.getLogger("guestlist.graph")

_GUESTS = (ALL_GUESTS, B2B_GUESTS)
_GUEST = "Guest"
_UNKNOWN_TOO = ("Prefer", "include-unknown-enum-members")
_STOPPED, _ASKED = "reportOnlyFailure", "reportOnlyInterrupted"
_MOST_SIGN_INS = 20_000
_LEAST = timedelta(days=1)
"""Of less time than that nothing is told of the newest sign-ins: most guests come another day."""
_PAGE = "1000"
_PAGE_OF_PEOPLE = "999"


class GraphGuards:
    """Writes JSON of our own: the SDK leaves out guest types, which Graph wants as one text."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client
        self._policies = client.sdk.identity.conditional_access.policies

    async def make(self, drafted: AccessPolicy) -> MadeNow:
        with _before():
            await self._guard(drafted)
        request = self._policies.to_get_request_information()
        answer = await self._write(request, Method.POST, body_of(drafted))
        if not answer.body.get("id"):
            raise Unknown(Cause.UNAVAILABLE, "The answer names no policy", trace=answer.trace)
        return MadeNow(str(answer.body["id"]), answer.trace)

    async def switch(self, policy_id: str, drafted: AccessPolicy, state: PolicyState) -> str:
        with _before():
            if (
                state is not PolicyState.REPORT_ONLY
            ):  # which locks out nobody, and is what takes enforcing back
                await self._guard(drafted)
            await self._as_drafted(policy_id, drafted)
        answer = await self._write(self._one(policy_id), Method.PATCH, {"state": state})
        return answer.trace

    async def remove(self, policy_id: str, drafted: AccessPolicy, *, enforced: bool) -> str:
        with _before():
            found = await self._as_drafted(policy_id, drafted)
        if found.state is PolicyState.ENABLED and not enforced:
            raise Refused(Cause.POLICY_ENFORCED)
        request = self._one(policy_id)
        request.http_method = Method.DELETE
        return (await self._call(request)).trace

    async def reported(self, policy_ids: Sequence[str], since: datetime, scope: Scope) -> Reported:
        """Count guests in the newest sign-ins; a result of an unknown word is not read as nothing."""
        await self._may_read(policy_ids)
        wanted = f"createdDateTime ge {since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        for name, value in (("appId", scope.app_id), ("userId", scope.guest_id)):
            wanted += f" and {name} eq '{path_id(value)}'" if value else ""
        sign_ins = self._client.sdk.audit_logs.sign_ins.to_get_request_information()
        sign_ins.headers.add(*_UNKNOWN_TOO)
        ours, found = set(policy_ids), dict[str, set[str]]()
        times, cut = list[datetime](), None
        async for row in self._client.pages(ask(sign_ins, filter=wanted, top=_PAGE), kind=Kind.REPORT):
            if len(times) == _MOST_SIGN_INS:
                cut = times[-1]
                break
            times.append(datetime.fromisoformat(row["createdDateTime"]).astimezone(UTC))
            for one in row.get("appliedConditionalAccessPolicies") or ():
                result = str(one.get("result"))
                if one.get("id") in ours and result != "reportOnlyNotApplied":
                    found.setdefault(str(row.get("userId")), set()).add(result)
        if cut is not None and times[0] - cut < _LEAST:
            raise TooMany
        if any("unknownFutureValue" in results for results in found.values()):
            raise Unfamiliar("The log does not say what the policies reported")
        stopped = sum(_STOPPED in results for results in found.values())
        asked = sum(_ASKED in results and _STOPPED not in results for results in found.values())
        return Reported(len(found), stopped, asked, cut)

    async def _may_read(self, policy_ids: Sequence[str]) -> None:
        """Meet the refusal that the log does not tell: it names no policies to who may not read any."""
        for one in policy_ids[:1]:
            with suppress(Missing):
                await self._call(self._one(one))

    async def _guard(self, drafted: AccessPolicy) -> None:
        """Refuse whatever is about more than guests, or could lock out those who would undo it."""
        include, exclude = drafted.include, drafted.exclude
        spares = exclude.roles >= ADMIN_ROLES and bool(exclude.users or exclude.groups)
        if not (is_ours(drafted) and spares and drafted.state is PolicyState.REPORT_ONLY):
            raise _guarded("a policy that spares too few, or is not drafted by Guestlist")
        if include.external is not None:
            whole = (include.users | include.groups | include.roles) or include.external not in _GUESTS
        elif len(include.users) == 1 and not (include.groups or include.roles):
            row = (await user_row(self._client, ObjectId(next(iter(include.users))))).body
            whole = row.get("userType") != _GUEST
        else:
            whole = len(include.groups) != 1 or bool(include.users or include.roles)
            if not whole:
                whole = await self._holds_members(ObjectId(next(iter(include.groups))))
        if whole:
            raise _guarded("a policy for more than guests")

    async def _holds_members(self, group_id: ObjectId) -> bool:
        """Tell whether anybody in a group, or in a group within it, is no guest."""
        group = self._client.sdk.groups.by_group_id(path_id(group_id, Cause.GROUP_GONE))
        request = ask(group.transitive_members.to_get_request_information(), *USER, top=_PAGE_OF_PEOPLE)
        rows = self._client.pages(request, missing=Cause.GROUP_GONE)
        people = [row async for row in rows if row.get("@odata.type") == USER_TYPE]
        return any(row.get("userType") != _GUEST for row in people)

    async def _as_drafted(self, policy_id: str, drafted: AccessPolicy) -> AccessPolicy:
        request = self._one(policy_id)
        request.headers.add(*_UNKNOWN_TOO)
        found = policy_of((await self._call(request)).body)
        if not is_as_drafted(found, drafted):
            raise Refused(Cause.POLICY_CHANGED)
        return found

    def _one(self, policy_id: str) -> RequestInformation:
        if not is_object_id(policy_id):
            raise Missing(Cause.POLICY_GONE)
        return self._policies.by_conditional_access_policy_id(policy_id).to_get_request_information()

    async def _write(self, request: RequestInformation, method: Method, body: dict[str, Any]) -> Answer:
        request.http_method = method
        request.set_stream_content(json.dumps(body).encode(), "application/json")
        return await self._call(request)

    async def _call(self, request: RequestInformation) -> Answer:
        return await self._client.call(request, Kind.CONDITIONAL_ACCESS, missing=Cause.POLICY_GONE)


@contextmanager
def _before() -> Iterator[None]:
    """Say of what is read before a write, and to which no answer comes, that surely nothing was written."""
    try:
        yield
    except Unknown as error:
        raise NotDone(error.cause, str(error), trace=error.trace, retry_after=error.retry_after) from error


def _guarded(what: str) -> Refused:
    log.error("The guard refused a write", extra={"what": what})
    return Refused(Cause.GUARDED, f"The guard refused {what}")
