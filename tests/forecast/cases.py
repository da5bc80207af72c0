"""Each condition, control, exclusion and operator both ways: what a policy does to a sign-in, and why."""

from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from access.rules.conditional_access import Attempt, Client, GuestType, Place, Platform, Target, Trust
from tests.forecast.building import (
    ADMIN,
    ANA,
    APP,
    BRANCH,
    BY_GPS,
    DACH,
    DYNAMIC,
    FABRIKAM,
    MFA_STRENGTH,
    MORE_TERMS,
    NESTING,
    NETWORK,
    NORTHWIND,
    OFFICE,
    OTHER,
    OTHER_APP,
    PASSWORDLESS,
    READER,
    RESISTANT,
    STRANGE,
    TEAM,
    TERMS,
    TRUSTED_ALL,
    WHEREVER,
    Json,
    attempt,
    demand,
    guests,
    policy,
    strength,
    visitor,
)


@dataclass(frozen=True)
class Case:
    """`says` is what `told` writes; `rests_on` names a source."""

    name: str
    rests_on: str
    says: str
    policies: tuple[Json, ...]
    attempt: Attempt
    security_defaults: bool = False


BLOCKED, WORKS = "blocked !block", "works"
_cases: list[Case] = []


def _case(
    name: str, rests_on: str, says: str, *policies: Json, security_defaults: bool = False, **tried: Any
) -> None:
    who = tried.pop("who", None)
    _cases.append(Case(name, rests_on, says, policies, attempt(who, **tried), security_defaults))


def _users(**users: Any) -> Json:
    return policy(users=users)


def _apps(**apps: Any) -> Json:
    return policy(applications=apps)


def _at(*ranges: str, country: str | None = None) -> Place:
    return Place(country, tuple(ip_network(one) for one in ranges))


# --- Whether a policy counts at all -----------------------------------------------------------------------
_case("no policy stops nobody", "all-policies", WORKS)
_case("a policy that is enabled blocks", "disabled", BLOCKED, policy())
_case("a policy that is disabled does nothing", "disabled", WORKS, policy(state="disabled"))
_case(
    "a policy that only reports does nothing",
    "report-only",
    WORKS,
    policy(state="enabledForReportingButNotEnforced"),
)
_case(
    "a policy in a state nobody knows may count", "disabled", "unsure ?unread!block", policy(state="paused")
)
_case(
    "two policies that ask are both met",
    "all-policies",
    "asks +mfa-here +terms-of-use",
    policy(demand("mfa")),
    policy(demand(termsOfUse=[TERMS]), name="Q"),
)
_case(
    "of two policies the one that blocks wins",
    "block-first",
    "blocked +mfa-here !block",
    policy(demand("mfa")),
    policy(name="Q"),
)
_case(
    "a policy that does not apply leaves the other",
    "all-policies",
    "asks +mfa-here",
    policy(demand("mfa")),
    policy(name="Q", users={"includeUsers": ["None"]}),
)
_case(
    "one condition that fails keeps a policy away",
    "all-must-hold",
    WORKS,
    policy(users={"includeUsers": [ANA]}, platforms={"includePlatforms": ["android"]}),
)
_case(
    "all conditions together let it apply",
    "all-must-hold",
    BLOCKED,
    policy(
        users={"includeUsers": [ANA]},
        platforms={"includePlatforms": ["windows"]},
        locations={"includeLocations": [DACH]},
        clientAppTypes=["browser"],
    ),
)

# --- Whom ---------------------------------------------------------------------------------------------------
_case("all users are guests too", "all-users", BLOCKED, _users(includeUsers=["All"]))
_case("none is nobody", "no-users", WORKS, _users(includeUsers=["None"]))
_case("nobody included is nobody", "no-users", WORKS, _users())
_case("a guest who is named", "by-id", BLOCKED, _users(includeUsers=[ANA]))
_case("somebody else who is named", "by-id", WORKS, _users(includeUsers=[OTHER]))
_case(
    "a guest who is named and is not there yet",
    "by-id",
    WORKS,
    _users(includeUsers=[ANA]),
    who=visitor(object_id=""),
)
_case(
    "a guest who is excluded by name",
    "exclusion-wins",
    WORKS,
    _users(includeUsers=["All"], excludeUsers=[ANA]),
)
_case(
    "somebody else who is excluded by name",
    "exclusion-wins",
    BLOCKED,
    _users(includeUsers=["All"], excludeUsers=[OTHER]),
)
_case(
    "a guest who is named twice is excluded",
    "exclusion-wins",
    WORKS,
    _users(includeUsers=[ANA], excludeUsers=[ANA]),
)
_case("a member of a group", "groups", BLOCKED, _users(includeGroups=[TEAM]))
_case("a member through a nested group", "groups", BLOCKED, _users(includeGroups=[NESTING]))
_case("no member of a group", "groups", WORKS, _users(includeGroups=[STRANGE]))
_case(
    "a group whose rule may take the guest in",
    "groups",
    "unsure ?groups!block",
    _users(includeGroups=[DYNAMIC]),
)
_case("a group among others that the guest is in", "groups", BLOCKED, _users(includeGroups=[DYNAMIC, TEAM]))
_case(
    "groups that were not read",
    "groups",
    "unsure ?groups!block",
    _users(includeGroups=[TEAM]),
    who=visitor(groups=None),
)
_case(
    "groups that were not read, for all users",
    "groups",
    BLOCKED,
    _users(includeUsers=["All"]),
    who=visitor(groups=None),
)
_case("excluded by a group", "exclusion-wins", WORKS, _users(includeUsers=["All"], excludeGroups=[TEAM]))
_case(
    "not excluded by a strange group",
    "exclusion-wins",
    BLOCKED,
    _users(includeUsers=["All"], excludeGroups=[STRANGE]),
)
_case(
    "maybe excluded by a rule's group",
    "exclusion-wins",
    "unsure ?groups!block",
    _users(includeUsers=["All"], excludeGroups=[DYNAMIC]),
)
_case(
    "maybe excluded by groups not read",
    "exclusion-wins",
    "unsure ?groups!block",
    _users(includeUsers=["All"], excludeGroups=[TEAM]),
    who=visitor(groups=None),
)
_case(
    "excluded by name, whatever the groups are",
    "exclusion-wins",
    WORKS,
    _users(includeUsers=["All"], excludeUsers=[ANA], excludeGroups=[STRANGE]),
    who=visitor(groups=None),
)
_case(
    "included by a group, excluded by another",
    "exclusion-wins",
    WORKS,
    _users(includeGroups=[TEAM], excludeGroups=[NESTING]),
)
_case("a role that is held", "roles", BLOCKED, _users(includeRoles=[READER]))
_case("a role that is not held", "roles", WORKS, _users(includeRoles=[ADMIN]))
_case(
    "roles that were not read",
    "roles",
    "unsure ?roles!block",
    _users(includeRoles=[ADMIN]),
    who=visitor(roles=None),
)
_case("excluded by a role", "roles", WORKS, _users(includeUsers=["All"], excludeRoles=[READER]))
_case(
    "not excluded by a role of others", "roles", BLOCKED, _users(includeUsers=["All"], excludeRoles=[ADMIN])
)
_case("the old word for all guests", "old-keyword", BLOCKED, _users(includeUsers=["GuestsOrExternalUsers"]))
_case(
    "the old word, for a member from elsewhere",
    "old-keyword",
    BLOCKED,
    _users(includeUsers=["GuestsOrExternalUsers"]),
    who=visitor(kind=GuestType.B2B_MEMBER),
)
_case(
    "the old word excludes guests",
    "old-keyword",
    WORKS,
    _users(includeUsers=["All"], excludeUsers=["GuestsOrExternalUsers"]),
)
for _kind in GuestType:
    _case(
        f"{_kind} meant, {_kind} there",
        "guest-types",
        BLOCKED,
        _users(includeGuestsOrExternalUsers=guests(_kind)),
        who=visitor(kind=_kind),
    )
    _case(
        f"{_kind} excluded, {_kind} there",
        "guest-types",
        WORKS,
        _users(includeUsers=["All"], excludeGuestsOrExternalUsers=guests(_kind)),
        who=visitor(kind=_kind),
    )
_case(
    "another type of guest is meant",
    "guest-types",
    WORKS,
    _users(includeGuestsOrExternalUsers=guests("internalGuest", "serviceProvider")),
)
_case(
    "another type of guest is excluded",
    "guest-types",
    BLOCKED,
    _users(includeUsers=["All"], excludeGuestsOrExternalUsers=guests("internalGuest", "serviceProvider")),
)
_case(
    "several types of guests are one text",
    "guest-types",
    BLOCKED,
    _users(
        includeGuestsOrExternalUsers=guests("internalGuest", "b2bCollaborationGuest", "otherExternalUser")
    ),
)
_case("none as a type of guest", "guest-types", WORKS, _users(includeGuestsOrExternalUsers=guests("none")))
_case(
    "a type that is not known yet",
    "guest-types",
    "unsure ?unread!block",
    _users(includeGuestsOrExternalUsers=guests("unknownFutureValue")),
)
_case(
    "guests of their tenant",
    "tenants",
    BLOCKED,
    _users(includeGuestsOrExternalUsers=guests("b2bCollaborationGuest", tenants=[FABRIKAM])),
)
_case(
    "guests of another tenant",
    "tenants",
    WORKS,
    _users(includeGuestsOrExternalUsers=guests("b2bCollaborationGuest", tenants=[NORTHWIND])),
)
_case(
    "guests of a tenant, theirs not known",
    "tenants",
    "unsure ?home!block",
    _users(includeGuestsOrExternalUsers=guests("b2bCollaborationGuest", tenants=[FABRIKAM])),
    who=visitor(tenant=None),
)
_case(
    "guests of every tenant, theirs not known",
    "tenants",
    BLOCKED,
    _users(includeGuestsOrExternalUsers=guests("b2bCollaborationGuest")),
    who=visitor(tenant=None),
)
_case(
    "guests of a tenant, theirs none at all",
    "tenants",
    WORKS,
    _users(includeGuestsOrExternalUsers=guests("b2bCollaborationGuest", tenants=[FABRIKAM])),
    who=visitor(tenant=""),
)
_case(
    "guests of their tenant are excluded",
    "tenants",
    WORKS,
    _users(
        includeUsers=["All"], excludeGuestsOrExternalUsers=guests("b2bCollaborationGuest", tenants=[FABRIKAM])
    ),
)
_case(
    "guests of another tenant are excluded",
    "tenants",
    BLOCKED,
    _users(
        includeUsers=["All"],
        excludeGuestsOrExternalUsers=guests("b2bCollaborationGuest", tenants=[NORTHWIND]),
    ),
)
_case(
    "a tenant in capitals is the same",
    "tenants",
    BLOCKED,
    _users(includeGuestsOrExternalUsers=guests("b2bCollaborationGuest", tenants=[FABRIKAM.upper()])),
)
_case(
    "a policy for workload identities",
    "workloads",
    WORKS,
    policy(
        users={"includeUsers": ["All"]},
        clientApplications={"includeServicePrincipals": ["ServicePrincipalsInMyTenant"]},
    ),
)
_case("a policy for workload identities, of nobody", "workloads", WORKS, policy(users=None))
_case(
    "workload identities that are not set",
    "workloads",
    BLOCKED,
    policy(clientApplications={"includeServicePrincipals": []}),
)

# --- Which app ----------------------------------------------------------------------------------------------
_case("all apps", "all-apps", BLOCKED, _apps(includeApplications=["All"]))
_case("this app", "apps", BLOCKED, _apps(includeApplications=[APP]))
_case("this app in capitals", "apps", BLOCKED, _apps(includeApplications=[APP.upper()]))
_case("another app", "apps", WORKS, _apps(includeApplications=[OTHER_APP]))
_case("no app", "apps", WORKS, _apps(includeApplications=["None"]))
_case("no app at all", "apps", WORKS, _apps(includeApplications=[]))
_case("all apps but this", "apps", WORKS, _apps(includeApplications=["All"], excludeApplications=[APP]))
_case(
    "all apps but another",
    "apps",
    BLOCKED,
    _apps(includeApplications=["All"], excludeApplications=[OTHER_APP]),
)
_case("a suite that no app of one's own is in", "suites", WORKS, _apps(includeApplications=["Office365"]))
_case(
    "a suite, for an app of Microsoft's",
    "suites",
    "unsure ?app-suite!block",
    _apps(includeApplications=["Office365"]),
    target=Target(APP, by_microsoft=True),
)
_case("the admin portals", "suites", WORKS, _apps(includeApplications=["MicrosoftAdminPortals"]))
_case(
    "a suite is excluded",
    "suites",
    BLOCKED,
    _apps(includeApplications=["All"], excludeApplications=["Office365"]),
)
_case(
    "a suite is excluded, for an app of Microsoft's",
    "suites",
    "unsure ?app-suite!block",
    _apps(includeApplications=["All"], excludeApplications=["Office365"]),
    target=Target(APP, by_microsoft=True),
)
_case("agents are no apps of guests", "apps", WORKS, _apps(includeApplications=["AllAgentIdResources"]))
_case(
    "a word for apps that is not known",
    "apps",
    "unsure ?unread!block",
    _apps(includeApplications=["Everything"]),
)
_FILTER = {"mode": "include", "rule": 'CustomSecurityAttribute.A_b -eq "c"'}
_case(
    "apps of an attribute",
    "app-filter",
    "unsure ?app-filter!block",
    _apps(includeApplications=[], applicationFilter=_FILTER),
)
_case(
    "apps of an attribute, and this one",
    "app-filter",
    BLOCKED,
    _apps(includeApplications=[APP], applicationFilter=_FILTER),
)
_case(
    "all apps but those of an attribute",
    "app-filter",
    "unsure ?app-filter!block",
    _apps(includeApplications=["All"], applicationFilter=_FILTER | {"mode": "exclude"}),
)
_case(
    "another app but those of an attribute",
    "app-filter",
    WORKS,
    _apps(includeApplications=[OTHER_APP], applicationFilter=_FILTER | {"mode": "exclude"}),
)
_case(
    "the registration of methods alone",
    "actions",
    WORKS,
    _apps(includeUserActions=["urn:user:registersecurityinfo"]),
)
_case(
    "the registration of devices alone",
    "actions",
    WORKS,
    _apps(includeUserActions=["urn:user:registerdevice"]),
)
_case(
    "an authentication context alone",
    "contexts",
    WORKS,
    _apps(includeAuthenticationContextClassReferences=["c1"]),
)

# --- Platforms ----------------------------------------------------------------------------------------------
for _platform in (Platform.ANDROID, Platform.IOS, Platform.WINDOWS, Platform.MACOS, Platform.LINUX):
    _case(
        f"{_platform} meant, {_platform} there",
        "platforms",
        BLOCKED,
        policy(platforms={"includePlatforms": [_platform]}),
        platform=_platform,
    )
    _case(
        f"all but {_platform}, {_platform} there",
        "platforms",
        WORKS,
        policy(platforms={"includePlatforms": ["all"], "excludePlatforms": [_platform]}),
        platform=_platform,
    )
_case("no platform set", "platforms", BLOCKED, policy(platforms=None))
_case("another platform", "platforms", WORKS, policy(platforms={"includePlatforms": ["iOS", "android"]}))
_case("all platforms", "platforms", BLOCKED, policy(platforms={"includePlatforms": ["all"]}))
_KNOWN = ["android", "iOS", "windows", "macOS", "linux"]
_case(
    "any platform but those known",
    "other-platforms",
    BLOCKED,
    policy(platforms={"includePlatforms": ["all"], "excludePlatforms": _KNOWN}),
    platform=Platform.OTHER,
)
_case(
    "any platform but those known, on one of them",
    "other-platforms",
    WORKS,
    policy(platforms={"includePlatforms": ["all"], "excludePlatforms": _KNOWN}),
)
_case(
    "known platforms, on another",
    "other-platforms",
    WORKS,
    policy(platforms={"includePlatforms": _KNOWN}),
    platform=Platform.OTHER,
)
_case("a phone of old times", "platforms", WORKS, policy(platforms={"includePlatforms": ["windowsPhone"]}))
_case(
    "a platform hidden behind a future value",
    "linux",
    "unsure ?unread!block",
    policy(platforms={"includePlatforms": ["unknownFutureValue"]}),
    platform=Platform.LINUX,
)
_case(
    "a hidden platform beside this one",
    "linux",
    BLOCKED,
    policy(platforms={"includePlatforms": ["windows", "unknownFutureValue"]}),
)


# --- Places -------------------------------------------------------------------------------------------------
def _where(*include: str, exclude: tuple[str, ...] = ()) -> Json:
    return policy(locations={"includeLocations": list(include), "excludeLocations": list(exclude)})


_IN_OFFICE, _IN_BRANCH = _at("203.0.113.7/32", country="DE"), _at("198.51.100.9/32", country="DE")
_case("any place", "any-place", BLOCKED, _where("All"))
_case("any place but the trusted, from elsewhere", "trusted", BLOCKED, _where("All", exclude=("AllTrusted",)))
_case(
    "any place but the trusted, from the office",
    "trusted",
    WORKS,
    _where("All", exclude=("AllTrusted",)),
    place=_IN_OFFICE,
)
_case(
    "any place but the trusted, from the branch",
    "trusted",
    "unsure ?place!block",
    _where("All", exclude=("AllTrusted",)),
    place=_IN_BRANCH,
)
_case("trusted places, from the office", "trusted", BLOCKED, _where("AllTrusted"), place=_IN_OFFICE)
_case("trusted places, from elsewhere", "trusted", WORKS, _where("AllTrusted"))
_case(
    "the trusted IPs of MFA, from elsewhere", "trusted", WORKS, _where("00000000-0000-0000-0000-000000000000")
)
_case(
    "the trusted IPs of MFA, from an address",
    "trusted",
    "unsure ?place!block",
    _where("00000000-0000-0000-0000-000000000000"),
    place=_IN_BRANCH,
)
_case("a range, from within", "ranges", BLOCKED, _where(OFFICE), place=_IN_OFFICE)
_case("a range, from without", "ranges", WORKS, _where(OFFICE), place=_IN_BRANCH)
_case("a range, from nowhere that is named", "ranges", WORKS, _where(OFFICE))
_case(
    "a range of the newer kind, from within",
    "ranges",
    BLOCKED,
    _where(OFFICE),
    place=_at("2001:db8:1:2::/64"),
)
_case(
    "a range of the newer kind, from without", "ranges", WORKS, _where(OFFICE), place=_at("2001:db8:2::1/128")
)
_case("all but a range, from within", "ranges", WORKS, _where("All", exclude=(OFFICE,)), place=_IN_OFFICE)
_case("all but a range, from without", "ranges", BLOCKED, _where("All", exclude=(OFFICE,)), place=_IN_BRANCH)
_case(
    "a range that is partly within",
    "ranges",
    "unsure ?place!block",
    _where(BRANCH),
    place=_at("198.51.100.0/24"),
)
_case(
    "two ranges, one within",
    "ranges",
    "unsure ?place!block",
    _where(BRANCH),
    place=_at("198.51.100.9/32", "192.0.2.1/32"),
)
_case("a country, from there", "countries", BLOCKED, _where(DACH))
_case("a country, from another", "countries", WORKS, _where(DACH), place=Place("US"))
_case("a country, from who knows where", "countries", "unsure ?place!block", _where(DACH), place=Place())
_case("all but a country, from there", "countries", WORKS, _where("All", exclude=(DACH,)))
_case(
    "all but a country, from another", "countries", BLOCKED, _where("All", exclude=(DACH,)), place=Place("US")
)
_case("a country by GPS, from there", "gps", "unsure ?gps!block", _where(BY_GPS))
_case("all but a country by GPS, from there", "gps", "unsure ?gps!block", _where("All", exclude=(BY_GPS,)))
_case("a country by GPS, from another", "countries", WORKS, _where(BY_GPS), place=Place("US"))
_case("no country, meant", "no-country", BLOCKED, _where(WHEREVER), place=Place(""))
_case("no country, not meant", "no-country", WORKS, _where(DACH), place=Place(""))
_case("a kind of place that nobody can tell", "ranges", "unsure ?place!block", _where(NETWORK))
_case(
    "a place that is not there any more",
    "ranges",
    "unsure ?place!block",
    _where("66666666-0000-4000-8000-00000000000f"),
)
_case(
    "any place but one that nobody can tell",
    "ranges",
    "unsure ?place!block",
    _where("All", exclude=(NETWORK,)),
)
_case("a country or a range, from the country", "all-must-hold", BLOCKED, _where(DACH, OFFICE))
_case(
    "a country but for a range in it",
    "all-must-hold",
    WORKS,
    _where(DACH, exclude=(OFFICE,)),
    place=_IN_OFFICE,
)

# --- Clients ------------------------------------------------------------------------------------------------
for _client in Client:
    _case(
        f"{_client.name} meant, {_client.name} there",
        "clients",
        BLOCKED,
        policy(clientAppTypes=[_client]),
        client=_client,
    )
    _case(
        f"all but {_client.name}",
        "clients",
        WORKS,
        policy(clientAppTypes=[one for one in Client if one is not _client]),
        client=_client,
    )
_case("no client set", "clients", BLOCKED, policy(clientAppTypes=[]))
_case(
    "ActiveSync where it is supported",
    "clients",
    BLOCKED,
    policy(clientAppTypes=["easSupported"]),
    client=Client.ACTIVE_SYNC,
)
_case(
    "ActiveSync where it is not",
    "clients",
    WORKS,
    policy(clientAppTypes=["easSupported"]),
    client=Client.ACTIVE_SYNC,
    platform=Platform.LINUX,
)
_case(
    "a legacy client that is asked anything",
    "legacy",
    "blocked !legacy",
    policy(demand("mfa")),
    client=Client.LEGACY,
)
_case(
    "ActiveSync that is asked for terms",
    "legacy",
    "blocked !legacy",
    policy(demand(termsOfUse=[TERMS])),
    client=Client.ACTIVE_SYNC,
)
_case("a legacy client that is asked nothing", "legacy", WORKS, policy(demand()), client=Client.LEGACY)

# --- Risk, devices, flows, and what nobody knows ------------------------------------------------------------
_case(
    "a risk of the sign-in", "sign-in-risk", "unsure ?sign-in-risk!block", policy(signInRiskLevels=["high"])
)
_case(
    "a risk of the sign-in that asks",
    "sign-in-risk",
    "works ?sign-in-risk+mfa-here",
    policy(demand("mfa"), signInRiskLevels=["high", "medium"]),
)
_case(
    "every risk of the sign-in",
    "sign-in-risk",
    BLOCKED,
    policy(signInRiskLevels=["none", "low", "medium", "high"]),
)
_case(
    "a risk, of a policy for others",
    "sign-in-risk",
    WORKS,
    policy(users={"includeUsers": [OTHER]}, signInRiskLevels=["high"]),
)
_case("a risk of the guest", "user-risk", "unsure ?user-risk!block", policy(userRiskLevels=["high"]))
_case(
    "a risk of the guest that asks for a new password",
    "password",
    "unsure ?user-risk!password",
    policy(demand("mfa", "passwordChange", operator="AND"), userRiskLevels=["high"]),
)
_case(
    "a risk from within", "insider-risk", "unsure ?insider-risk!block", policy(insiderRiskLevels="elevated")
)
_case(
    "at risk and never registered",
    "risk-unregistered",
    "unsure ?sign-in-risk!unregistered",
    policy(demand("mfa"), signInRiskLevels=["high"]),
    who=visitor(registered=False),
)
_case(
    "at risk and registered",
    "risk-unregistered",
    "works ?sign-in-risk+mfa-here",
    policy(demand("mfa"), signInRiskLevels=["high"]),
)
_case(
    "at risk and believed from home",
    "risk-unregistered",
    "works ?sign-in-risk+mfa-at-home",
    policy(demand("mfa"), signInRiskLevels=["high"]),
    who=visitor(trust=TRUSTED_ALL),
)
_case(
    "at risk, and who knows whether registered",
    "risk-unregistered",
    "unsure ?sign-in-risk+mfa-here-unsure",
    policy(demand("mfa"), signInRiskLevels=["high"]),
    who=visitor(registered=None),
)


def _device(rule: str, mode: str = "include") -> Json:
    return policy(devices={"deviceFilter": {"mode": mode, "rule": rule}})


_case("devices that have something", "device-filter", WORKS, _device('device.model -eq "Surface"'))
_case(
    "devices that lack something", "device-filter", BLOCKED, _device('device.extensionAttribute1 -ne "SAW"')
)
_case(
    "all but devices that have something",
    "device-filter",
    BLOCKED,
    _device("device.isCompliant -eq True", "exclude"),
)
_case(
    "all but devices that lack something",
    "device-filter",
    WORKS,
    _device('device.extensionAttribute1 -ne "SAW"', "exclude"),
)
_case(
    "two positive rules",
    "device-filter",
    WORKS,
    _device('device.model -startsWith "S" -and device.operatingSystem -in ["Windows"]'),
)
_case(
    "two negative rules",
    "device-filter",
    BLOCKED,
    _device('device.model -notContains "S" -or device.displayName -notStartsWith "a -eq b"'),
)
_case(
    "rules both ways",
    "device-filter",
    "unsure ?device!block",
    _device('device.model -eq "S" -or device.displayName -ne "a"'),
)
_case("a rule with not", "device-filter", "unsure ?device!block", _device('-not (device.model -eq "S")'))
_case(
    "devices, of which home is believed",
    "device-trust",
    "unsure ?device!block",
    _device("device.isCompliant -eq True"),
    who=visitor(trust=Trust(compliant=True)),
)
_case(
    "devices, when it is not known what is believed",
    "device-trust",
    "unsure ?device!block",
    _device("device.isCompliant -eq True"),
    who=visitor(trust=None),
)
_case(
    "the state of devices, of old times",
    "device-filter",
    "unsure ?device!block",
    policy(devices={"includeDevices": ["All"], "excludeDevices": ["Compliant"]}),
)
_case("no filter is no condition", "device-filter", BLOCKED, policy(devices={"deviceFilter": None}))
_case(
    "device code and transfer alone",
    "flows",
    WORKS,
    policy(authenticationFlows={"transferMethods": "deviceCodeFlow,authenticationTransfer"}),
)
_case("no flow set", "flows", BLOCKED, policy(authenticationFlows=None))
_case(
    "a condition nobody knows",
    "unknown-condition",
    "unsure ?unread!block",
    policy(moonPhase={"include": ["full"]}),
)
_case("a condition nobody knows, not set", "unknown-condition", BLOCKED, policy(moonPhase={"include": []}))
_case(
    "a condition nobody knows, of a policy for others",
    "unknown-condition",
    WORKS,
    policy(users={"includeUsers": [OTHER]}, moonPhase={"include": ["full"]}),
)

# --- Controls -----------------------------------------------------------------------------------------------
_MFA = policy(demand("mfa"))
_case("no control", "default-all", WORKS, policy(demand()))
_case("MFA, believed from home", "mfa-home", "asks +mfa-at-home", _MFA, who=visitor(trust=Trust(mfa=True)))
_case(
    "MFA, home's devices alone believed",
    "mfa-here",
    "asks +mfa-here",
    _MFA,
    who=visitor(trust=Trust(compliant=True)),
)
_case("MFA here, registered", "mfa-here", "asks +mfa-here", _MFA)
_case("MFA here, to be registered", "mfa-here", "asks +mfa-register", _MFA, who=visitor(registered=False))
_case(
    "MFA here, who knows whether registered",
    "mfa-here",
    "asks +mfa-here-unsure",
    _MFA,
    who=visitor(registered=None),
)
_case(
    "MFA of a guest without Entra",
    "mfa-other",
    "asks +mfa-register",
    _MFA,
    who=visitor(tenant="", trust=TRUSTED_ALL, registered=False),
)
_case("MFA, home not known", "mfa-home", "asks +mfa-somewhere", _MFA, who=visitor(tenant=None))
_case("MFA, what is believed not known", "mfa-home", "asks +mfa-somewhere", _MFA, who=visitor(trust=None))
_case(
    "MFA of direct connect, believed",
    "direct-connect",
    "asks +mfa-at-home",
    _MFA,
    who=visitor(kind=GuestType.DIRECT_CONNECT, trust=Trust(mfa=True)),
)
_case(
    "MFA of direct connect, not believed",
    "direct-connect",
    "blocked !not-trusted",
    _MFA,
    who=visitor(kind=GuestType.DIRECT_CONNECT),
)
_case(
    "MFA of direct connect, who knows whether believed",
    "direct-connect",
    "unsure +mfa-somewhere ?trust",
    _MFA,
    who=visitor(kind=GuestType.DIRECT_CONNECT, trust=None),
)
_DIRECT = {"includeGuestsOrExternalUsers": guests("b2bDirectConnectUser")}
_case("blocked for direct connect alone, at another app", "guest-types", WORKS, policy(users=_DIRECT))
_case(
    "blocked for direct connect alone, at an app of Microsoft's",
    "direct-connect-too",
    "unsure ?direct-connect!block",
    policy(users=_DIRECT),
    target=Target(APP, by_microsoft=True),
)
_case(
    "a guest with an account of ours at what is blocked for direct connect",
    "guest-types",
    WORKS,
    policy(users=_DIRECT),
    target=Target(APP, by_microsoft=True),
    who=visitor(kind=GuestType.INTERNAL_GUEST),
)
_case(
    "MFA of a guest with an account of ours",
    "guest-types",
    "asks +mfa-here",
    _MFA,
    who=visitor(kind=GuestType.INTERNAL_GUEST, trust=TRUSTED_ALL),
)
_COMPLIANT = policy(demand("compliantDevice"))
_case(
    "a compliant device, believed",
    "compliant",
    "asks +compliant-device",
    _COMPLIANT,
    who=visitor(trust=Trust(compliant=True)),
)
_case(
    "a compliant device, not believed",
    "compliant",
    "blocked !device",
    _COMPLIANT,
    who=visitor(trust=Trust(mfa=True)),
)
_case(
    "a compliant device of a guest without Entra",
    "compliant",
    "blocked !device",
    _COMPLIANT,
    who=visitor(tenant="", trust=TRUSTED_ALL),
)
_case(
    "a compliant device, who knows whether believed",
    "compliant",
    "unsure ?trust",
    _COMPLIANT,
    who=visitor(trust=None),
)
_JOINED = policy(demand("domainJoinedDevice"))
_case(
    "a joined device, believed",
    "joined",
    "asks +joined-device",
    _JOINED,
    who=visitor(trust=Trust(joined=True)),
)
_case(
    "a joined device, not believed",
    "compliant",
    "blocked !device",
    _JOINED,
    who=visitor(trust=Trust(compliant=True)),
)
_case(
    "a joined device on a Mac",
    "joined",
    "blocked !not-windows",
    _JOINED,
    who=visitor(trust=Trust(joined=True)),
    platform=Platform.MACOS,
)
_case("an approved app", "app-protection", "blocked !app-protection", policy(demand("approvedApplication")))
_case("a protected app", "app-protection", "blocked !app-protection", policy(demand("compliantApplication")))
_case("a new password", "password", "blocked !password", policy(demand("passwordChange")))
_case("a risk to be remediated", "remediation", "blocked !risk", policy(demand("riskRemediation")))
_case("a control nobody knows", "default-all", "unsure ?unread", policy(demand("bloodTest")))
_case("terms of use", "terms", "asks +terms-of-use", policy(demand(termsOfUse=[TERMS])))
_case(
    "a custom control",
    "custom",
    "unsure ?custom-control",
    policy(demand(customAuthenticationFactors=["Duo"])),
)
_case("block beside anything is block", "block-first", BLOCKED, policy(demand("block", "mfa")))

# --- Operators ----------------------------------------------------------------------------------------------
_case(
    "MFA and a device, both",
    "default-all",
    "asks +compliant-device +mfa-at-home",
    policy(demand("mfa", "compliantDevice", operator="AND")),
    who=visitor(trust=TRUSTED_ALL),
)
_case(
    "MFA and a device that cannot be",
    "default-all",
    "blocked +mfa-here !device",
    policy(demand("mfa", "compliantDevice", operator="AND")),
)
_case(
    "MFA or a device that cannot be",
    "one-of",
    "asks +mfa-here",
    policy(demand("mfa", "compliantDevice", operator="OR")),
)
_case(
    "MFA and a device, nothing said of how",
    "default-all",
    "blocked +mfa-here !device",
    policy(demand("mfa", "compliantDevice", operator=None)),
)
_case(
    "a device or an app, neither can be",
    "one-of",
    "blocked !app-protection",
    policy(demand("approvedApplication", "compliantDevice", operator="OR")),
)
_case(
    "MFA or something nobody knows",
    "one-of",
    "asks +mfa-here",
    policy(demand("mfa", operator="OR", customAuthenticationFactors=["Duo"])),
)
_case(
    "MFA and something nobody knows",
    "default-all",
    "unsure +mfa-here ?custom-control",
    policy(demand("mfa", operator="AND", customAuthenticationFactors=["Duo"])),
)
_case(
    "what cannot be, or something nobody knows",
    "one-of",
    "unsure ?custom-control",
    policy(demand("approvedApplication", operator="OR", customAuthenticationFactors=["Duo"])),
)
_case(
    "terms and MFA",
    "default-all",
    "asks +mfa-here +terms-of-use",
    policy(demand("mfa", operator="AND", termsOfUse=[TERMS])),
)
_TERMS_OR_MFA = policy(demand("mfa", operator="OR", termsOfUse=[TERMS]))
_case("terms or MFA", "asked-first", "asks +mfa-here", _TERMS_OR_MFA)
_case(
    "terms or MFA, which may not be registered",
    "asked-first",
    "blocked +mfa-register !registration",
    _TERMS_OR_MFA,
    policy(name="R", applications={"includeUserActions": ["urn:user:registersecurityinfo"]}),
    who=visitor(registered=False),
)
_case(
    "terms or a device that cannot be",
    "one-of",
    "asks +terms-of-use",
    policy(demand("compliantDevice", operator="OR", termsOfUse=[TERMS])),
)
_case(
    "two terms",
    "default-all",
    "asks +terms-of-use",
    policy(demand(operator="AND", termsOfUse=[TERMS, MORE_TERMS])),
)

# --- Strengths ----------------------------------------------------------------------------------------------
_case(
    "a strength, believed from home",
    "strength-home",
    "asks +strength-at-home",
    policy(strength(RESISTANT)),
    who=visitor(trust=Trust(mfa=True)),
)
_case("Microsoft's strength for MFA, here", "strength-here", "asks +mfa-here", policy(strength(MFA_STRENGTH)))
_case(
    "Microsoft's passwordless strength, here",
    "strength-here",
    "blocked !strength",
    policy(strength(PASSWORDLESS)),
)
_case(
    "Microsoft's resistant strength, here", "strength-here", "blocked !strength", policy(strength(RESISTANT))
)
_case(
    "a strength of one's own with a text message",
    "strength-here",
    "asks +mfa-here",
    policy(strength("99999999-0000-4000-8000-000000000001", "fido2", "password,sms")),
)
_case(
    "a strength of one's own with keys alone",
    "strength-here",
    "blocked !strength",
    policy(strength("99999999-0000-4000-8000-000000000001", "fido2", "x509CertificateMultiFactor")),
)
_case(
    "a strength of one's own with a password alone",
    "strength-here",
    "blocked !strength",
    policy(strength("99999999-0000-4000-8000-000000000001", "password")),
)
_case(
    "a strength of one's own that was not read",
    "strength-here",
    "unsure ?strength",
    policy(strength("99999999-0000-4000-8000-000000000001")),
)
_case(
    "a strength, of a guest without Entra",
    "strength-entra",
    "unsure ?strength",
    policy(strength(MFA_STRENGTH)),
    who=visitor(tenant=""),
)
_case(
    "a strength, home not known",
    "strength-home",
    "unsure ?trust",
    policy(strength(MFA_STRENGTH)),
    who=visitor(tenant=None),
)

# --- Registering, sessions, defaults ------------------------------------------------------------------------
_REGISTER = policy(name="R", applications={"includeUserActions": ["urn:user:registersecurityinfo"]})
_case(
    "MFA to be registered, which is blocked",
    "register",
    "blocked +mfa-register !registration",
    _MFA,
    _REGISTER,
    who=visitor(registered=False),
)
_case("MFA registered already, registering is blocked", "register", "asks +mfa-here", _MFA, _REGISTER)
_case(
    "MFA at home, registering is blocked",
    "register",
    "asks +mfa-at-home",
    _MFA,
    _REGISTER,
    who=visitor(trust=Trust(mfa=True), registered=False),
)
_case(
    "who knows whether registered, registering is blocked",
    "register",
    "unsure +mfa-here-unsure ?registered!registration",
    _MFA,
    _REGISTER,
    who=visitor(registered=None),
)
_case(
    "MFA to be registered, blocked from elsewhere alone",
    "register",
    "asks +mfa-register",
    _MFA,
    policy(
        name="R",
        applications={"includeUserActions": ["urn:user:registersecurityinfo"]},
        locations={"includeLocations": ["All"], "excludeLocations": [DACH]},
    ),
    who=visitor(registered=False),
)
_case(
    "MFA to be registered with a device, which cannot be",
    "register",
    "blocked +mfa-register !registration",
    _MFA,
    policy(
        demand("compliantDevice"),
        name="R",
        applications={"includeUserActions": ["urn:user:registersecurityinfo"]},
    ),
    who=visitor(registered=False),
)
_PROOF_TO_REGISTER = policy(
    demand("mfa"), name="R", applications={"includeUserActions": ["urn:user:registersecurityinfo"]}
)
_case(
    "MFA to be registered, for which MFA is asked",
    "register-proof",
    "blocked +mfa-register !registration",
    _MFA,
    _PROOF_TO_REGISTER,
    who=visitor(registered=False),
)
_case(
    "MFA registered already, for which MFA is asked",
    "register-proof",
    "asks +mfa-here",
    _MFA,
    _PROOF_TO_REGISTER,
)
_case(
    "MFA to be registered, for which MFA or terms are asked",
    "register-proof",
    "asks +mfa-register",
    _MFA,
    policy(
        demand("mfa", operator="OR", termsOfUse=[TERMS]),
        name="R",
        applications={"includeUserActions": ["urn:user:registersecurityinfo"]},
    ),
    who=visitor(registered=False),
)
_case(
    "who knows whether registered, for which MFA is asked",
    "register-proof",
    "unsure +mfa-here-unsure ?registered!registration",
    _MFA,
    _PROOF_TO_REGISTER,
    who=visitor(registered=None),
)
_case("nothing to register, registering is blocked", "register", WORKS, _REGISTER)
_SESSION = {"signInFrequency": {"isEnabled": True, "value": 1, "type": "hours"}}
_case("a session control alone", "session", WORKS, policy(demand(), session=_SESSION))
_TOKEN = {"secureSignInSession": {"isEnabled": True}}
_case("a bound token in a browser", "token", WORKS, policy(demand(), session=_TOKEN))
_case(
    "a bound token in an app of Microsoft's",
    "token",
    "unsure ?session",
    policy(demand(), session=_TOKEN),
    client=Client.MODERN,
    target=Target(APP, by_microsoft=True),
)
_case(
    "a bound token that is off",
    "token",
    WORKS,
    policy(demand(), session={"secureSignInSession": {"isEnabled": False}}),
    client=Client.MODERN,
    target=Target(APP, by_microsoft=True),
)
_case(
    "security defaults",
    "defaults",
    "asks +mfa-register",
    security_defaults=True,
    who=visitor(registered=False),
)
_case(
    "security defaults and a legacy client",
    "defaults",
    "blocked !legacy",
    security_defaults=True,
    client=Client.LEGACY,
)

CASES = tuple(_cases)
