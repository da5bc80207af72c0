"""The one way to Graph: requests built by msgraph-sdk, sent by its adapter, answers read as plain JSON.

The SDK's models read every object by importing every model (about 1,100 modules, then 7 ms an object), its
retry handler repeats POSTs, and its parsed answers lose the `request-id`. So answers stay native here,
there is no retry handler, and an error is raised in one place.
"""

import logging
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
from kiota_abstractions.method import Method
from kiota_abstractions.native_response_handler import NativeResponseHandler
from kiota_abstractions.request_information import RequestInformation
from kiota_http.middleware import ParametersNameDecodingHandler
from kiota_http.middleware.options import ResponseHandlerOption
from kiota_http.observability_options import ObservabilityOptions
from msgraph import GraphServiceClient
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_request_adapter import options as sdk_options
from msgraph_core import GraphClientFactory
from msgraph_core.middleware import GraphTelemetryHandler
from msgraph_core.middleware.options import GraphTelemetryHandlerOption

from access.ports import AccessError, NotDone, Refused, Unknown
from access.ports.haste import is_behind
from access.rules.causes import Cause
from bot.credential import Credential
from bot.graph.addressed import address_of, operation_of
from bot.graph.errors import error_for, fault_of, lost
from bot.graph.pacer import AT_ONCE, CHARGES, PATIENCE, Kind, Pacer, Priority, throttler_of
from bot.graph.transport import Transport
from bot.graph.units import kind_of_read
from bot.measuring.watch import Watch

Row = Mapping[str, Any]

_NATIVE = ResponseHandlerOption(NativeResponseHandler())
_READ = httpx.ByteStream(b"")


@cache
def _trusted() -> ssl.SSLContext:
    """Return whom every client of a process trusts: to read the authorities takes 40 ms."""
    return httpx.create_ssl_context(trust_env=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer; `trace` is Graph's `request-id`, the proof that it was Graph who said so."""

    body: Row
    trace: str


class _Bearer:
    """Puts the token on a request, as the SDK's adapter asks its authentication provider to."""

    def __init__(self, credential: Credential, scope: str) -> None:
        self._credential = credential
        self._scope = scope

    async def authenticate_request(self, request: Any, context: Mapping[str, Any] | None = None) -> None:
        token = await self._credential.get_token(self._scope, claims=(context or {}).get("claims"))
        request.headers.remove("Authorization")
        request.headers.add("Authorization", f"Bearer {token.token}")

    def forget(self) -> None:
        self._credential.forget(self._scope)


class GraphClient:
    """Sends requests that `sdk` builds: paced, once, with errors in the ports' words."""

    def __init__(
        self, graph_url: str, credential: Credential, pacer: Pacer, watch: Watch | None = None
    ) -> None:
        parts = urlsplit(graph_url)
        self._origin = (parts.scheme, parts.netloc)
        self.base = f"{parts.scheme}://{parts.netloc}/v1.0"
        self.beta = f"{parts.scheme}://{parts.netloc}/beta"
        self._pacer = pacer
        self._watch = watch or Watch()
        self._bearer = _Bearer(credential, f"{parts.scheme}://{parts.hostname}/.default")
        telemetry = GraphTelemetryHandler(options=sdk_options[GraphTelemetryHandlerOption.get_key()])
        # Kept to be closed: closing the SDK's client leaves the transport that it wraps open.
        self._transport = Transport(_trusted(), most=AT_ONCE)
        http: httpx.AsyncClient = GraphClientFactory.create_with_custom_middleware(
            middleware=[ParametersNameDecodingHandler(), telemetry],
            client=httpx.AsyncClient(transport=self._transport, trust_env=False),
        )
        self._adapter = GraphRequestAdapter(self._bearer, client=http)
        self._adapter.base_url = self.base
        # Filters hold addresses: no whole URL may enter a trace, nor httpx's log of every request.
        self._adapter.observability_options = ObservabilityOptions(include_euii_attributes=False)
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self.sdk = GraphServiceClient(request_adapter=self._adapter)

    async def call(
        self,
        request: RequestInformation,
        kind: Kind,
        *,
        priority: Priority = Priority.PERSON,
        missing: Cause = Cause.REFUSED,
    ) -> Answer:
        """Send a request and return its answer; only a GET is ever repeated, and once.

        What belongs to a list of thousands stands behind what people wait for, whoever asks for it.
        """
        priority = Priority.BACKGROUND if is_behind() else priority
        request.add_request_options([_NATIVE])
        # The template is filled in once here; the adapter would do it for every look at the address. The
        # parameters belong to the builder, which others may share: they are replaced, not changed.
        request.path_parameters = {**request.path_parameters, "baseurl": self.base}
        request.path_parameters = {RequestInformation.RAW_URL_KEY: address_of(request)}
        try:
            return await self._once(request, kind, priority, missing)
        except (NotDone, Unknown) as error:
            if request.http_method is not Method.GET or (error.retry_after or 0) > PATIENCE:
                raise
        return await self._once(request, kind, priority, missing)

    async def pages(
        self,
        request: RequestInformation,
        *,
        kind: Kind = Kind.READ,
        priority: Priority = Priority.PERSON,
        missing: Cause = Cause.REFUSED,
    ) -> AsyncIterator[Row]:
        """Yield every row of a list, page by page; an empty page with a next link is not the end."""
        while True:
            answer = await self.call(request, kind, priority=priority, missing=missing)
            for row in rows_of(answer):
                yield row
            link = answer.body.get("@odata.nextLink")
            if not link:
                return
            preferred = request.headers.get("Prefer")
            request = self.follow(link)
            for one in preferred:  # which Graph forgets from page to page
                request.headers.add("Prefer", one)

    def follow(self, link: str) -> RequestInformation:
        """Return the GET of a link that Graph handed out; a token goes to Graph's own origin alone."""
        parts = urlsplit(link)
        if (parts.scheme, parts.netloc) != self._origin:
            raise Refused(Cause.REFUSED, "Graph handed out a link to another place")
        request = RequestInformation(Method.GET)
        request.url = link
        request.headers.add("Accept", "application/json")
        return request

    def warm_up(self) -> None:
        """Import now what the SDK imports at the first use of each part of it: 80 ms for the event loop."""
        sdk, some = self.sdk, "id"
        user, app = sdk.users.by_user_id(some), sdk.service_principals.by_service_principal_id(some)
        group, message = sdk.groups.by_group_id(some), user.messages.by_message_id(some)
        _ = (sdk.invitations, sdk.organization, sdk.app_catalogs.teams_apps, message.send)
        _ = (app.owners, app.app_role_assigned_to, group.owners, group.members.ref, group.members.graph_user)
        _ = (group.app_role_assignments, sdk.audit_logs.directory_audits)
        _ = sdk.service_principals_with_app_id(some)
        _ = (user.manager, user.owned_objects, user.member_of, user.app_role_assignments)
        _ = (user.sponsors.ref, user.teamwork.installed_apps, sdk.contacts, sdk.audit_logs.sign_ins)
        settings = sdk.policies.cross_tenant_access_policy
        tenants = sdk.tenant_relationships
        _ = (settings.default, settings.partners, sdk.policies.authorization_policy)
        _ = (sdk.identity.identity_providers, app.app_role_assignments)
        _ = (sdk.subscribed_skus, sdk.group_settings, group.settings)
        _ = tenants.find_tenant_information_by_domain_name_with_domain_name(some)
        _ = group.members.by_directory_object_id(some).ref
        deleted = sdk.directory.deleted_items.by_directory_object_id(some)
        _ = (user.revoke_sign_in_sessions, deleted.graph_user, deleted.restore)
        _ = app.app_role_assigned_to.by_app_role_assignment_id(some)

    async def close(self) -> None:
        await self._pacer.close()
        await self._transport.aclose()

    async def _once(
        self, request: RequestInformation, kind: Kind, priority: Priority, missing: Cause
    ) -> Answer:
        response = await self._send(request, kind, priority)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            # Refused before anything was done: a revoked token is renewed once.
            self._bearer.forget()
            response = await self._send(request, kind, priority)
        if response.is_success:
            self._pacer.answered(kind)
            return Answer(_json(response), response.headers.get("request-id", ""))
        raise await self._refusal(response, kind, missing)

    async def _send(self, request: RequestInformation, kind: Kind, priority: Priority) -> httpx.Response:
        counted = kind_of_read(request.url) if kind is Kind.READ else kind
        with self._watch.call("graph", operation_of(request), counted.value, CHARGES[counted]) as call:
            async with self._pacer.slot(counted, priority):
                call.may_go()
                try:
                    response: httpx.Response = await self._adapter.send_primitive_async(
                        request, "bytes", None
                    )
                except httpx.RequestError as error:
                    raise lost(error, kind) from error
                call.answered(response.status_code, response.headers.get("request-id", ""))
                # It has been read. httpx ties the two together: a body of megabytes waits for the collector.
                response.stream = _READ
                return response

    async def _refusal(self, response: httpx.Response, kind: Kind, missing: Cause) -> AccessError:
        fault = fault_of(response)
        if fault.status == httpx.codes.TOO_MANY_REQUESTS:
            self._watch.refused(*throttler_of(kind))
            fault = replace(fault, retry_after=await self._pacer.throttled(kind, fault.retry_after))
        return error_for(fault, kind, missing)


def ask(request: RequestInformation, *select: str, **query: str | list[str]) -> RequestInformation:
    """Give a request its `$select` and other OData parameters, named without the dollar."""
    if select:
        request.query_parameters["%24select"] = list(select)
    for name, value in query.items():
        request.query_parameters[f"%24{name}"] = value
    return request


def quoted(value: str) -> str:
    """Write a value as an OData string."""
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def rows_of(answer: Answer) -> Sequence[Row]:
    """Return the rows of a list; an answer without any list is none that Graph gives."""
    rows: Any = answer.body.get("value")
    if not isinstance(rows, list):
        raise Unknown(Cause.UNAVAILABLE, "Graph's answer holds no list", trace=answer.trace)
    return rows


def _json(response: httpx.Response) -> Row:
    if not response.content:
        return {}
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError as error:
        raise Unknown(Cause.UNAVAILABLE, "Graph's answer could not be read") from error
    return body if isinstance(body, dict) else {}
