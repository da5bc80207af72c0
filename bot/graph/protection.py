"""The ProtectionReader port: Conditional Access, of which one call a second is answered, and memberships."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping

from kiota_abstractions.request_information import RequestInformation
from msgraph.generated.directory_objects.get_by_ids.get_by_ids_post_request_body import (
    GetByIdsPostRequestBody,
)
from msgraph.generated.identity.conditional_access.evaluate.evaluate_post_request_body import (
    EvaluatePostRequestBody,
)
from msgraph.generated.models.application_context import ApplicationContext
from msgraph.generated.models.conditional_access_client_app import ConditionalAccessClientApp
from msgraph.generated.models.conditional_access_device_platform import ConditionalAccessDevicePlatform
from msgraph.generated.models.sign_in_conditions import SignInConditions
from msgraph.generated.models.user_sign_in import UserSignIn

from access.ports import Memberships, Missing, tried
from access.rules.causes import Cause
from access.rules.clues import Unread
from access.rules.conditional_access import PolicyState, Protection
from access.rules.model import ObjectId
from access.rules.what_if import Asked
from bot.graph.client import GraphClient, Row, ask, rows_of
from bot.graph.conditional_access import location_of, policy_of
from bot.graph.pacer import Kind
from bot.graph.shapes import BY_RULE, is_object_id, path_id

_GROUP, _ROLE = "#microsoft.graph.group", "#microsoft.graph.directoryRole"
_NOT_SAID = (None, "notEnoughInformation", "unknownFutureValue")
_MOST_IDS = 1000
"""That `getByIds` takes at once."""
_WHOLE_PAGE = "999"


class GraphProtection:
    """Reads with `Policy.Read.All`, `Directory.Read.All` and `AuditLog.Read.All`."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client
        self._sdk = client.sdk

    async def protection(self) -> Protection:
        """Values that came after the first of an enumeration are hidden but for who asks for them."""
        conditional = self._sdk.identity.conditional_access
        policies = conditional.policies.to_get_request_information()
        policies.headers.add("Prefer", "include-unknown-enum-members")
        locations = conditional.named_locations.to_get_request_information()
        read, named, defaults = await asyncio.gather(
            self._rows(policies), self._rows(locations), tried(self._security_defaults())
        )
        found, every = [location_of(row) for row in named], tuple(policy_of(row) for row in read)
        if isinstance(defaults, Unread):
            # They have a permission of their own. Beside them Entra lets no policy be enforced.
            enforced = any(one.state is PolicyState.ENABLED for one in every)
            defaults = False if enforced else await self._security_defaults()
        return Protection(every, {one.location_id: one for one in found}, defaults)

    async def memberships_of_guest(self, guest_id: ObjectId) -> Memberships:
        user = self._sdk.users.by_user_id(path_id(guest_id, Cause.GUEST_GONE))
        request = ask(user.transitive_member_of.to_get_request_information(), top=_WHOLE_PAGE)
        return await _memberships(self._client.pages(request, missing=Cause.GUEST_GONE))

    async def memberships_of_group(self, group_id: ObjectId) -> Memberships:
        group = self._sdk.groups.by_group_id(path_id(group_id, Cause.GROUP_GONE))
        request = ask(group.transitive_member_of.to_get_request_information(), top=_WHOLE_PAGE)
        found = await _memberships(self._client.pages(request, missing=Cause.GROUP_GONE))
        return Memberships(found.groups | {group_id}, found.roles)

    async def by_rule(self, group_ids: Collection[str]) -> frozenset[str]:
        ids = sorted(one for one in group_ids if is_object_id(one))
        lots = [ids[first : first + _MOST_IDS] for first in range(0, len(ids), _MOST_IDS)]
        answers = [await self._by_ids(lot) for lot in lots]
        return frozenset(
            str(row["id"]) for rows in answers for row in rows if BY_RULE in (row.get("groupTypes") or ())
        )

    async def has_registered(self, guest_id: ObjectId) -> bool | None:
        reports = self._sdk.reports.authentication_methods.user_registration_details
        one = reports.by_user_registration_details_id(path_id(guest_id, Cause.GUEST_GONE))
        try:
            answer = await self._client.call(one.to_get_request_information(), Kind.REPORT)
        except Missing:
            return None
        said = answer.body.get("isMfaRegistered")
        return said if isinstance(said, bool) else None

    async def what_if(self, asked: Asked) -> Mapping[str, bool]:
        """What Microsoft lacks is no answer: a country where the policy asks for one and none is told."""
        conditions = SignInConditions(
            device_platform=ConditionalAccessDevicePlatform(asked.platform),
            client_app_type=ConditionalAccessClientApp.Browser,
            country=asked.country or None,
            ip_address=asked.address or None,
        )
        body = EvaluatePostRequestBody(
            sign_in_identity=UserSignIn(user_id=path_id(ObjectId(asked.guest_id), Cause.GUEST_GONE)),
            sign_in_context=ApplicationContext(include_applications=[asked.app_id]),
            sign_in_conditions=conditions,
        )
        request = self._sdk.identity.conditional_access.evaluate.to_post_request_information(body)
        answer = await self._client.call(request, Kind.CONDITIONAL_ACCESS)
        return {
            str(row["id"]): row.get("policyApplies") is True
            for row in rows_of(answer)
            if row.get("analysisReasons") not in _NOT_SAID
        }

    async def _rows(self, request: RequestInformation) -> list[Row]:
        return [row async for row in self._client.pages(request, kind=Kind.CONDITIONAL_ACCESS)]

    async def _security_defaults(self) -> bool:
        policy = self._sdk.policies.identity_security_defaults_enforcement_policy
        answer = await self._client.call(policy.to_get_request_information(), Kind.READ)
        return answer.body.get("isEnabled") is True

    async def _by_ids(self, ids: list[str]) -> list[Row]:
        body = GetByIdsPostRequestBody(ids=ids, types=["group"])
        request = self._sdk.directory_objects.get_by_ids.to_post_request_information(body)
        return list(rows_of(await self._client.call(request, Kind.READ)))


async def _memberships(rows: AsyncIterator[Row]) -> Memberships:
    groups, roles = set[str](), set[str]()
    async for row in rows:
        if row.get("@odata.type") == _GROUP:
            groups.add(str(row["id"]))
        elif row.get("@odata.type") == _ROLE:
            roles.add(str(row.get("roleTemplateId") or row["id"]))
    return Memberships(frozenset(groups), frozenset(roles))
