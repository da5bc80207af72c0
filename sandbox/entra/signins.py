"""The sign-in log: how guests got in or did not, for tenants that are licensed to know."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sandbox.entra.auditlog import written
from sandbox.entra.audits import LARGEST_PAGE
from sandbox.entra.call import Answer, Call, Refused
from sandbox.entra.filters import Filter
from sandbox.entra.granted import READS_POLICIES, lacks
from sandbox.entra.shaping import TYPES, draw, selected
from sandbox.entra.tenant import Json, Tenant, Thing

WORDS = {
    0: "Other.",
    50053: "The account is locked: too many sign-ins with an incorrect user ID or password.",
    50057: "The user account is disabled.",
    50076: "Your administrator has made a change: you must use multi-factor authentication.",
    50079: "Your administrator has made a change: you must register for multi-factor authentication.",
    50105: "The signed in user is not assigned to a role for the application.",
    50158: "External security challenge was not satisfied.",
    53000: "Device is not in required device state: compliant.",
    53001: "Device is not in required device state: domain_joined.",
    53002: "Application used is not an approved application for conditional access.",
    53003: "Access has been blocked by Conditional Access policies.",
    53010: "Multi-factor authentication methods can be set from specific locations or devices only.",
    65001: "The user or administrator has not consented to use the application.",
    65004: "The user declined to consent to access the app.",
}
"""What the log says of a code; of one that is not here, nothing."""


ACCEPTING = ("4660504c-45b3-4674-a709-71951a6b0763", "Microsoft Invitation Acceptance Portal")
MY_APPS = ("2793995e-0a7d-40d7-bd35-6968ba142197", "My Apps")
DIRECTORY = ("00000002-0000-0000-c000-000000000000", "Windows Azure Active Directory")


STOPPED_BY_POLICY = {50076, 50079, 50158, 53000, 53001, 53002, 53003, 53010}
SYSTEMS = {"windows": "Windows10", "android": "Android", "iOS": "iOS", "macOS": "MacOs", "linux": "Linux"}


@dataclass(frozen=True)
class Seen:
    """What a sign-in showed of where it came from, and what the policies made of it."""

    address: str = "198.51.100.7"
    country: str = "US"
    platform: str = "windows"
    policies: tuple[Json, ...] = ()

    def as_logged(self, code: int) -> Json:
        """Return the properties of the entry that tell of it."""
        results = {each["result"] for each in self.policies}
        status = "success" if "success" in results else "notApplied"
        if code in STOPPED_BY_POLICY or "failure" in results:
            status = "failure"
        device = dict.fromkeys(("displayName", "isCompliant", "isManaged", "trustType"))
        return {
            "ipAddress": self.address,
            "location": {"city": None, "state": None, "countryOrRegion": self.country or None},
            "deviceDetail": {
                "deviceId": "",
                "operatingSystem": SYSTEMS.get(self.platform, "ChromeOS"),
                "browser": "Chrome 139.0.0",
                **device,
            },
            "clientAppUsed": "Browser",
            "conditionalAccessStatus": status,
            "appliedConditionalAccessPolicies": list(self.policies),
        }


def signed_in(
    tenant: Tenant, guest: Thing, code: int, app: Thing | None = None, seen: Seen | None = None
) -> Json:
    """Note that somebody signed in to an app, or to My Apps, or with which code they did not.

    Until they have accepted they come to no app but the portal where that is done.
    """
    now = datetime.now(UTC)
    pending = guest.props.get("externalUserState") == "PendingAcceptance"
    app_id, name = ACCEPTING if pending else MY_APPS
    resource = DIRECTORY
    if app is not None:
        app_id, name = resource = app.props["appId"], app.props["displayName"]
    entry = {
        "id": str(uuid4()),
        "correlationId": str(uuid4()),
        "createdDateTime": written(now),
        "userId": guest.id,
        "userPrincipalName": guest.props["mail"],
        "userDisplayName": guest.props["displayName"],
        "appId": app_id,
        "appDisplayName": name,
        "resourceId": resource[0],
        "resourceDisplayName": resource[1],
        "isInteractive": True,
        "status": {"errorCode": code, "failureReason": WORDS.get(code, ""), "additionalDetails": None},
        **(seen or Seen()).as_logged(code),
    }
    known_from = now + timedelta(seconds=float(tenant.switches["auditLag"]))
    tenant.sign_ins.append((known_from, entry))
    tenant.ledger.record("guest.signedIn", guest=guest.id, address=guest.props["mail"], app=name, code=code)
    return entry


def _visible(call: Call, entry: Json) -> Json:
    """Return an entry without what only those see who may read policies, and without words of the future."""
    if lacks(call.tenant, *READS_POLICIES):
        return entry | {"appliedConditionalAccessPolicies": []}
    asked = "include-unknown-enum-members" in call.headers.get("Prefer", "")
    if asked or call.tenant.switches["reportOnlyResults"] == "shown":
        return entry
    told = [
        each | ({"result": "unknownFutureValue"} if each["result"].startswith("reportOnly") else {})
        for each in entry["appliedConditionalAccessPolicies"]
    ]
    return entry | {"appliedConditionalAccessPolicies": told}


def list_sign_ins(call: Call) -> Answer:
    """Return one page, newest first."""
    call.allow("$filter", "$top", "$skiptoken", "$select")
    if not call.tenant.switches["auditPermission"]:
        raise Refused("auditDenied")
    if not call.tenant.switches["signInLicence"]:
        raise Refused("notPremium")
    wanted = None
    if "$filter" in call.query:
        wanted = Filter(call.query["$filter"], TYPES["signIn"]["filter"])
    now = datetime.now(UTC)
    read = [entry for known_from, entry in reversed(call.tenant.sign_ins) if known_from <= now]
    found = [entry for entry in read if wanted is None or wanted.matches(entry)]
    top, token = call.query.get("$top", str(LARGEST_PAGE)), call.query.get("$skiptoken", "0")
    if not (top.isdigit() and 1 <= int(top) <= LARGEST_PAGE and token.isdigit()):
        raise Refused("badQuery", detail=f"Invalid page size specified: '{top}'.")
    end = int(token) + int(top)
    body: Json = {"@odata.context": call.context("auditLogs/signIns")}
    if end < len(found):
        body["@odata.nextLink"] = call.link(**{**call.query, "$skiptoken": str(end)})
    names = selected("signIn", call.query.get("$select"))
    body["value"] = [draw("signIn", _visible(call, each), names) for each in found[int(token) : end]]
    return Answer(body=body)


ROUTES = [("GET", "/auditLogs/signIns", list_sign_ins)]
