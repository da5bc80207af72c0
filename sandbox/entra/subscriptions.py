"""Subscribing to change notifications on users: what is refused, and what one lives for."""

from datetime import UTC, datetime
from uuid import uuid4

from yarl import URL

from sandbox.entra.call import Answer, Call, Refused
from sandbox.entra.subscribed import LONGEST, SHORTEST, Subscribed, Subscription
from sandbox.entra.tenant import Json

NEEDED = ("changeType", "notificationUrl", "resource", "expirationDateTime")
KNOWN = (*NEEDED, "clientState", "lifecycleNotificationUrl")
LONGEST_SECRET = 128


def _wrong(detail: str) -> Refused:
    return Refused("subscriptionInvalid", detail=detail)


def _url(body: Json, name: str) -> None:
    """Refuse what is no address; the sandbox takes http on this computer beside https."""
    try:
        url = URL(body[name])
        sound = url.scheme == "https" or (url.scheme == "http" and url.host in ("127.0.0.1", "localhost"))
    except (TypeError, ValueError):
        sound = False
    if not sound:
        raise _wrong(f"Value for {name} is not a valid HTTPS address.")


def _until(body: Json) -> datetime:
    """Read until when it is to stand: not too long, not in the past; less than 45 minutes are these."""
    try:
        until = datetime.fromisoformat(body["expirationDateTime"]).astimezone(UTC)
    except (TypeError, ValueError):
        raise _wrong("The expirationDateTime is not a valid date and time.") from None
    now = datetime.now(UTC)
    if until <= now:
        raise _wrong("Subscription expiration must be in the future.")
    if until > now + LONGEST:
        minutes = LONGEST.total_seconds() / 60
        raise _wrong(f"Subscription expiration can only be {minutes:.0f} minutes in the future.")
    return max(until, now + SHORTEST)


def _wanted(call: Call) -> tuple[Json, datetime]:
    body = call.body()
    for name in NEEDED:
        if not body.get(name):
            raise _wrong(f"Value for {name} is missing.")
    for name in body:
        if name not in KNOWN and not name.startswith("@odata"):
            raise _wrong(f"Property {name} is not known here.")
    changes = [each.strip() for each in str(body["changeType"]).split(",")]
    if not set(changes) <= {"updated", "deleted"}:
        raise _wrong(f"The changeType '{body['changeType']}' is not supported for users.")
    if not str(body["resource"]).strip("/").lower().startswith("users"):
        raise _wrong(f"The resource '{body['resource']}' is not known here.")
    if len(body.get("clientState") or "") > LONGEST_SECRET:
        raise _wrong(f"The clientState has more than {LONGEST_SECRET} characters.")
    for name in ("notificationUrl", "lifecycleNotificationUrl"):
        if body.get(name) or name in NEEDED:
            _url(body, name)
    return {**body, "changeType": ",".join(changes)}, _until(body)


async def shake(call: Call) -> None:
    """Try the addresses that a sound call names; what is wrong with the call its handler says."""
    try:
        body, _ = _wanted(call)
    except Refused:
        return
    urls = [body["notificationUrl"], body.get("lifecycleNotificationUrl")]
    call.handshake = await call.world.courier.shake([url for url in urls if url])


def create(call: Call) -> Answer:
    body, until = _wanted(call)
    switches, found = call.tenant.switches, _all(call)
    if not switches["subscriptionPermission"]:
        raise Refused("denied")
    if call.handshake is None:
        raise _wrong("The sandbox subscribes nothing inside a batch.")
    if call.handshake:
        raise Refused("subscriptionNotReached", detail=call.handshake)
    alive = list(found.alive())
    if len(alive) >= switches["subscriptionQuota"]:
        raise Refused("subscriptionQuota")
    twin = any(one.props["resource"].strip("/") == body["resource"].strip("/") for one in alive)
    if twin and switches["subscriptionTwin"] == "refused":
        raise Refused("subscriptionTwin")
    bot = call.world.story.bot
    props = {
        "id": str(uuid4()),
        "resource": body["resource"],
        "applicationId": bot["appId"],
        "changeType": body["changeType"],
        "clientState": body.get("clientState"),
        "notificationUrl": body["notificationUrl"],
        "notificationQueryOptions": None,
        "lifecycleNotificationUrl": body.get("lifecycleNotificationUrl"),
        "creatorId": bot["servicePrincipalId"],
        "includeResourceData": None,
        "latestSupportedTlsVersion": "v1_2",
        "encryptionCertificate": None,
        "encryptionCertificateId": None,
        "notificationUrlAppId": None,
    }
    made = found.standing[props["id"]] = Subscription(props, until)
    call.world.ledger.record("subscription.created", id=made.id, url=props["notificationUrl"])
    return Answer(201, _drawn(call, made, secret=True))


def everything(call: Call) -> Answer:
    call.allow()
    rows = [one.drawn() for one in _all(call).alive()]
    return Answer(body={"@odata.context": call.context("subscriptions"), "value": rows})


def one(call: Call) -> Answer:
    call.allow()
    return Answer(body=_drawn(call, _named(call)))


def renew(call: Call) -> Answer:
    """Let one stand for longer, which authorizes it again too; nothing else of it can be changed here."""
    named, body = _named(call), call.body()
    if set(body) - {"@odata.type"} != {"expirationDateTime"}:
        raise _wrong("Only expirationDateTime can be changed here.")
    named.until, named.is_asked = _until(body), False
    call.world.ledger.record("subscription.renewed", id=named.id)
    return Answer(body=_drawn(call, named))


def reauthorize(call: Call) -> Answer:
    named = _named(call)
    named.is_asked = False
    call.world.ledger.record("subscription.reauthorized", id=named.id)
    return Answer(204)


def end(call: Call) -> Answer:
    named = _named(call)
    del _all(call).standing[named.id]
    call.world.ledger.record("subscription.ended", id=named.id)
    return Answer(204)


def _all(call: Call) -> Subscribed:
    return call.world.subscribed


def _named(call: Call) -> Subscription:
    found = next((one for one in _all(call).alive() if one.id == call.args["id"].lower()), None)
    if found is None:
        raise Refused("subscriptionGone")
    return found


def _drawn(call: Call, one: Subscription, *, secret: bool = False) -> Json:
    return {"@odata.context": call.context("subscriptions/$entity"), **one.drawn(secret=secret)}


ROUTES = [
    ("POST", "/subscriptions", create),
    ("GET", "/subscriptions", everything),
    ("GET", "/subscriptions/{id}", one),
    ("PATCH", "/subscriptions/{id}", renew),
    ("DELETE", "/subscriptions/{id}", end),
    ("POST", "/subscriptions/{id}/reauthorize", reauthorize),
]
