"""The gate before an app: from where and on what a guest signs in, and what the policies make of it."""

from ipaddress import ip_network
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from sandbox.entra.conditional import policies_of
from sandbox.entra.passage import Passage, Step, judge, told
from sandbox.entra.signins import MY_APPS, Seen
from sandbox.entra.tenant import Json, Tenant, Thing
from sandbox.entra.visitors import sign_in_of, standing_of
from sandbox.guest.visits import Visit

if TYPE_CHECKING:
    from collections.abc import Iterator

PLATFORMS = {
    "windows": "Windows",
    "macOS": "macOS",
    "linux": "Linux",
    "iOS": "iPhone or iPad",
    "android": "Android",
    "other": "Chrome OS, or another",
}
MY_APPS_HOSTS = {"myapplications.microsoft.com", "myapps.microsoft.com"}


def here(tenant: Tenant, link: str) -> str | None:
    """Return the sandbox's page for My Apps or for an app's home page."""
    if urlsplit(link).hostname in MY_APPS_HOSTS:
        return "/guest/myapps"
    app = app_at(tenant, link)
    return f"/guest/app/{quote(app.key or app.id)}" if app else None


def app_at(tenant: Tenant, link: str) -> Thing | None:
    """Return the app with a home page, or the one whose page of the sandbox this is."""
    key = unquote(link.removeprefix("/guest/app/")) if link.startswith("/guest/app/") else ""
    for thing in tenant.objects.values():
        home = thing.props.get("homepage")
        if thing.type == "servicePrincipal" and key and key in (thing.key, thing.id):
            return thing
        if home and link.rstrip("/") == home.rstrip("/"):
            return thing
    return None


def places(tenant: Tenant) -> dict[str, Json]:
    """Return where somebody can be: countries of the story, and networks that the tenant has named."""
    return {one["key"]: one for one in [*tenant.story.raw["places"], *_networks(tenant)]}


def _networks(tenant: Tenant) -> "Iterator[Json]":
    country = tenant.story.raw["places"][0]["country"]
    for location in tenant.named_locations:
        for row in location.get("ipRanges", [])[:1]:
            address = str(next(ip_network(row["cidrAddress"], strict=False).hosts()))
            name = f"{location['displayName']} ({row['cidrAddress']})"
            yield {"key": location["id"], "name": name, "address": address, "country": country}


def place_of(tenant: Tenant, visit: Visit) -> Json:
    known = places(tenant)
    return known.get(visit.place) or next(iter(known.values()))


def passage_of(tenant: Tenant, visit: Visit, guest: Thing) -> Passage:
    """Try the tenant's policies on the visit, to an app or to My Apps."""
    place, app = place_of(tenant, visit), app_at(tenant, visit.target)
    tried = sign_in_of(
        tenant,
        guest,
        app=app.props["appId"] if app else MY_APPS[0],
        platform=visit.platform,
        address=place["address"],
        country=place["country"],
    )
    standing = standing_of(tenant, guest, proven=visit.second_factor)
    return judge(policies_of(tenant), tried, standing, tenant.named_locations)


def seen(tenant: Tenant, visit: Visit, passage: Passage | None) -> Seen:
    place = place_of(tenant, visit)
    policies = tuple(told(passage)) if passage else ()
    return Seen(place["address"], place["country"], visit.platform, policies)


def terms_named(tenant: Tenant, key: str) -> str:
    known = {one["id"]: one["displayName"] for one in tenant.story.raw["termsOfUse"]}
    return str(known.get(key, "Terms of use"))


PAGES = {
    Step.PROVE: "mfa",
    Step.REGISTER: "mfa",
    Step.AGREE: "terms",
    Step.STOPPED: "blocked",
    Step.MET: "",
}
"""The page that is due at each step."""
