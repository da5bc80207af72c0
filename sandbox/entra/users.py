"""Changing users, and the change feed of them (delta)."""

import base64
import binascii
import json
import re
from typing import Any

from sandbox.entra import audits
from sandbox.entra.call import Answer, Call, Refused
from sandbox.entra.directory import referred
from sandbox.entra.filters import Filter
from sandbox.entra.shaping import TYPES, draw, page_size, selected
from sandbox.entra.tenant import Json, Thing

MOST_IDS = 50
MOST_SPONSORS = 5
LONGEST = {"displayName": 256, "companyName": 64}


def patch_user(call: Call) -> Answer:
    user, body = call.thing("user"), call.body()
    if not call.tenant.referable(user):
        raise Refused("companyInformation")
    for name in body:
        if name not in TYPES["user"]["writable"]:
            raise Refused("badRequest", detail=f"Property '{name}' is read-only and cannot be set.")
    for name, most in LONGEST.items():
        if len(body.get(name) or "") > most:
            raise Refused("tooLong", name=name)
    if body.get("displayName", "there") in {None, ""}:
        raise Refused("missingUserValue", name="displayName")
    changes = {name: (user.props.get(name), value) for name, value in body.items()}
    turned = "accountEnabled" in body and body["accountEnabled"] is not user.props["accountEnabled"]
    user.props |= body
    call.tenant.changed(user)
    if turned:
        activity = "enabled" if body["accountEnabled"] else "disabled"
        audits.of_user(activity, call.tenant, user, audits.by_app(call.tenant))
    audits.updated(call.tenant, user, changes, audits.by_app(call.tenant))
    call.world.ledger.record("user.changed", id=user.id, properties=sorted(body))
    return Answer(204)


def delete_user(call: Call) -> Answer:
    user = call.thing("user")
    call.tenant.remove(user)
    audits.of_user("deleted", call.tenant, user, audits.by_app(call.tenant))
    return Answer(204)


def revoke_sessions(call: Call) -> Answer:
    user = call.thing("user")
    call.world.visits.end(user.addresses())
    audits.of_user("signed out", call.tenant, user, audits.by_app(call.tenant))
    call.world.ledger.record("user.signedOut", id=user.id)
    body: Json = {"@odata.context": call.context("Edm.Boolean"), "value": True}
    return Answer(body=body)


def add_sponsor(call: Call) -> Answer:
    user, sponsor = call.thing("user"), referred(call, call.body())
    if sponsor.id in user.sponsors:
        raise Refused("memberAlready", name="sponsors")
    if len(user.sponsors) >= MOST_SPONSORS:
        raise Refused("tooManySponsors")
    user.sponsors.append(sponsor.id)
    call.world.ledger.record("sponsor.added", guest=user.id, sponsor=sponsor.id)
    return Answer(204)


def remove_sponsor(call: Call) -> Answer:
    user = call.thing("user")
    if call.args["other"] not in user.sponsors:
        raise Refused("notFound", id=call.args["other"])
    user.sponsors.remove(call.args["other"])
    call.world.ledger.record("sponsor.removed", guest=user.id, sponsor=call.args["other"])
    return Answer(204)


def _token(**state: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(state).encode()).decode().rstrip("=")


def _state(token: str) -> Json:
    """Read a token of an earlier page or round, which carries the query that it was asked with."""
    try:
        state = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, binascii.Error) as error:
        raise Refused("badDeltaToken") from error
    if not isinstance(state, dict) or state.get("round") is None:
        raise Refused("badDeltaToken")
    return state


def delta(call: Call) -> Answer:
    """Return one page of what changed, with the link to the next page or to the next round."""
    call.allow("$select", "$filter", "$deltatoken", "$skiptoken", "$top")
    tenant, now = call.tenant, len(call.tenant.changes)
    given = call.query.get("$skiptoken") or call.query.get("$deltatoken")
    asked = {"select": call.query.get("$select"), "filter": _only_ids(call.query.get("$filter"))}
    if given and given != "latest":
        if tenant.switches["deltaGone"] == ("once" if "$deltatoken" in call.query else "page"):
            tenant.switches.set("deltaGone", "off")
            raise Refused("deltaGone", headers={"Location": call.link(**{"$deltatoken": ""})})
        state = _state(given)
    else:
        state = {**asked, "round": now if given else 0, "first": not given, "until": None, "done": 0}
    until = state["until"] if state["until"] is not None else now
    wanted, begun = state["filter"], state["round"]
    if tenant.switches["deltaReplay"]:
        begun = state.get("before", begun)
    ids = list(dict.fromkeys(reversed(tenant.changes[begun:until])))[::-1]
    ids = [each for each in ids if not wanted or each in wanted]
    size = page_size(call)
    if tenant.switches["deltaEmptyPage"] and state["until"] is None and given != "latest":
        size = 0
    done = state["done"] + size
    drawn = [_change(call, state, each) for each in ids[state["done"] : done]]
    body: Json = {"@odata.context": call.context("users"), "value": [each for each in drawn if each]}
    if done < len(ids) or (size == 0 and given != "latest"):
        token = _token(**{**state, "until": until, "done": done})
        body["@odata.nextLink"] = call.link(**{"$skiptoken": token})
    else:
        last = {"round": until, "before": state["round"]}
        fresh = {**state, **last, "first": False, "until": None, "done": 0}
        body["@odata.deltaLink"] = call.link(**{"$deltatoken": _token(**fresh)})
    return Answer(body=body)


def _only_ids(text: str | None) -> list[str] | None:
    """Read the only filter that delta takes: `id eq '…' or id eq '…'`, at most 50 of them."""
    if text is None:
        return None
    Filter(text, {"id": "eq"})
    ids = re.findall(r"'([^']+)'", text)
    if len(ids) > MOST_IDS or re.search(r"\b(and|not)\b", text):
        raise Refused("unsupportedQuery", detail="Delta filters by at most 50 object ids joined by 'or'.")
    return [each.lower() for each in ids]


def _change(call: Call, state: Json, key: str) -> Json | None:
    tenant = call.tenant
    user: Thing | None = tenant.objects.get(key)
    if user is None:
        if state["first"]:
            return None
        return {"id": key, "@removed": {"reason": "changed" if key in tenant.deleted else "deleted"}}
    names = selected("user", state["select"])
    if tenant.switches["deltaExternalUserState"] != "carried":
        names = [name for name in names if not name.startswith("externalUserState")]
    return {"id": key, **draw("user", user, names)}


ROUTES = [
    ("GET", "/users/delta", delta),
    ("PATCH", "/users/{id}", patch_user),
    ("DELETE", "/users/{id}", delete_user),
    ("POST", "/users/{id}/revokeSignInSessions", revoke_sessions),
    ("POST", "/users/{id}/sponsors/$ref", add_sponsor),
    ("DELETE", "/users/{id}/sponsors/{other}/$ref", remove_sponsor),
]
