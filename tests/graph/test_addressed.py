"""The address of a call is the one that the SDK writes, letter for letter."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kiota_abstractions.authentication import AnonymousAuthenticationProvider
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from msgraph import GraphServiceClient
from msgraph.graph_request_adapter import GraphRequestAdapter

from bot.graph.addressed import address_of
from bot.graph.client import ask

SDK: Any = GraphServiceClient(request_adapter=GraphRequestAdapter(AnonymousAuthenticationProvider()))
ID = "bdec204c-40ed-5221-b43f-21005de59ad1"
BUILT: dict[str, Callable[[str], RequestInformation]] = {
    "one user": lambda text: SDK.users.by_user_id(text).to_get_request_information(),
    "users": lambda text: ask(SDK.users.to_get_request_information(), "id", text, filter=text, top="999"),
    "a member": lambda text: (
        SDK.groups.by_group_id(ID).members.by_directory_object_id(text).ref.to_delete_request_information()
    ),
    "an app by its id": lambda text: SDK.service_principals_with_app_id(text).to_get_request_information(),
    "a tenant": lambda text: SDK.tenant_relationships.find_tenant_information_by_domain_name_with_domain_name(
        text
    ).to_get_request_information(),
    "a list and its parts": lambda text: ask(
        SDK.users.to_get_request_information(), "id", expand=[text, "x y"], orderby=text
    ),
}


@pytest.mark.parametrize("built", BUILT)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_the_address_is_the_one_that_the_sdk_writes(built: str, text: str) -> None:
    request = BUILT[built](text)
    request.path_parameters = {**request.path_parameters, "baseurl": "https://graph.microsoft.com/v1.0"}
    assert address_of(request) == request.url


def test_a_link_that_was_handed_out_stays_as_it_is() -> None:
    request = RequestInformation(Method.GET)
    request.url = "https://graph.microsoft.com/v1.0/users?$skiptoken=a%2Fb"
    assert address_of(request) == request.url


@pytest.mark.parametrize("value", [5, True, [], ["a", 1]])
def test_what_is_no_text_is_left_to_the_sdk(value: Any) -> None:
    request = SDK.users.to_get_request_information()
    request.query_parameters["%24top"] = value
    request.path_parameters = {**request.path_parameters, "baseurl": "https://graph.microsoft.com/v1.0"}
    assert address_of(request) == request.url
