"""Every button, dialog and search, pressed by everybody over HTTP: the server decides what may happen."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.clinic import INVITE, Clinic, spoken
from tests.journeys.acts import approve, audited, send, settled, shown, told

ANA, WHY = "ana@fabrikam.com", "March audit"
REQUESTOR, APPROVER, FALLBACK = "megan", "alex", "adele"
BYSTANDERS = ("diego", "isaiah", FALLBACK)
"""Of the team; Isaiah's account becomes a guest's."""
NOTHING = "changed nothing"


@dataclass(frozen=True, slots=True)
class Verb:
    """A button: who may press it and what is then said; what others are told."""

    name: str
    may: tuple[str, ...]
    done: str
    refusal: str


DECIDING = "Only Alex Wilber or Nia Chen can do this"
ACTS = {
    "approval.approve": Verb("approval.approve", (APPROVER,), "Deliver", DECIDING),
    "approval.deny": Verb("approval.deny", (APPROVER,), "Denied", DECIDING),
    "request.cancel": Verb("request.cancel", (REQUESTOR,), "Canceled", "Only Megan Bowen can do this"),
    "delivery.retry": Verb("delivery.retry", (APPROVER, REQUESTOR), "Deliver", "can do this"),
}
VIEWS = ("approval.view", "request.view")
LISTS = {"desk.requests": "You have no requests", "desk.approvals": "Nothing waits for your decision"}
EVERYBODY = (REQUESTOR, APPROVER, *BYSTANDERS)
HERE = ("channel", "personal")
CLIENTS = ("new", "old")


NO_REQUEST = "0" * 32


def may_see(who: str, where: str) -> bool:
    """Tell whether somebody sees the request: its parties everywhere, members where its card stands."""
    return who in {REQUESTOR, APPROVER} or (where == "channel" and who != "isaiah")


async def asked(clinic: Clinic) -> str:
    """Let Megan ask in the channel; return the request's id, which any client may know."""
    for who in EVERYBODY:
        await clinic.say(who, "/help")
    await clinic.say(REQUESTOR, INVITE, "channel")
    await clinic.card("diego", "R-1001", "channel")
    await settled(clinic)
    [waiting] = await clinic.guestlist.store.waiting(10)
    return str(waiting.request.request_id)


async def plan_of(clinic: Clinic, request: str) -> str:
    return str((await clinic.guestlist.store.record(request)).request.plan.hash)


async def fail(clinic: Clinic) -> None:
    await clinic.switch(allowInvitesFrom="none")
    await told(clinic, APPROVER, "/approve R-1001 anyway")
    await clinic.card("diego", "Delivery failed", "channel")
    await settled(clinic)
    await clinic.switch(allowInvitesFrom="everyone")


async def press(clinic: Clinic, who: str, where: str, client: str, verb: str, **data: Any) -> str:
    """Press a forged button; an old client sends its fallback, whose answer is in the presser's own chat."""
    if client == "new":
        action = {"type": "Action.Execute", "verb": verb, "data": data}
        return shown(await send(clinic, who, where, action))
    before = {one["id"] for one in await clinic.messages(who)}
    action = {"type": "Action.Submit", "data": {"verb": verb, **data}}
    answer = await send(clinic, who, where, action)
    assert answer["status"] in range(200, 300)
    new = [one for one in await clinic.messages(who) if one["id"] not in before and one["from"]["bot"]]
    return "\n".join(spoken(one) if one["card"] else str(one["text"]) for one in new)


async def posts(clinic: Clinic) -> list[tuple[str, str]]:
    """Return what somebody sees in the channel who presses nothing: which messages, and what they say."""
    seen = await clinic.messages("pradeep", "channel")
    return [(one["id"], spoken(one) if one["card"] else one["text"]) for one in seen]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("verb", ACTS)
async def test_a_button_acts_for_those_who_may_and_tells_all_others_why_not(
    clinic: Clinic, verb: str, client: str
) -> None:
    act, request = ACTS[verb], await asked(clinic)
    data = {"request": request, "plan": await plan_of(clinic, request), "justification": "not this quarter"}
    if verb == "delivery.retry":
        await fail(clinic)
    await clinic.act(act="setProperties", person="isaiah", properties={"userType": "Guest"})
    before, state = await posts(clinic), (await clinic.guestlist.store.record(request)).request.state

    others = [(who, where) for who in EVERYBODY if who not in act.may for where in HERE]
    unknown = 0
    for who, where in others:
        said = await press(clinic, who, where, client, verb, **data)
        if not may_see(who, where):
            assert said == await press(clinic, who, where, client, verb, **{**data, "request": NO_REQUEST})
            assert "There is no such request" in said, who
            unknown += 1
            continue
        assert NOTHING in said, who
        assert act.refusal in said or (who == REQUESTOR and "You asked for this" in said), who
        assert who not in BYSTANDERS or (ANA not in said and WHY not in said), who
    assert (await clinic.guestlist.store.record(request)).request.state is state
    assert await posts(clinic) == before, "nothing is said of it before others"
    refused = [one["refused"] for one in await audited(clinic, "act.refused")]
    assert (len(refused), refused.count("UnknownRequest")) == (len(others) + unknown, unknown)

    said = await press(clinic, act.may[0], "channel", client, verb, **data)
    assert act.done in said, "the fallback does what the button does"
    assert NOTHING not in said
    await settled(clinic)
    assert [identity for identity, _ in await posts(clinic)] == [identity for identity, _ in before]
    assert (await clinic.guestlist.store.record(request)).request.state is not state


@pytest.mark.parametrize("client", CLIENTS)
async def test_views_and_lists_show_nobody_more_than_they_may_see(clinic: Clinic, client: str) -> None:
    request = await asked(clinic)
    await clinic.act(act="setProperties", person="isaiah", properties={"userType": "Guest"})
    before = await posts(clinic)
    for who, where in [(who, where) for who in EVERYBODY for where in HERE]:
        for verb in VIEWS:
            said = await press(clinic, who, where, client, verb, request=request)
            assert ("R-1001" in said) is may_see(who, where), who
            assert ("There is no such request" in said) is not may_see(who, where), who
            assert (ANA in said, WHY in said) == ((who in {REQUESTOR, APPROVER},) * 2), who
            assert ("Cancel request" in said) is (who == REQUESTOR), who
            assert ("Deny request" in said) is (who == APPROVER), who
        for verb, nothing in LISTS.items():
            mine = REQUESTOR if verb == "desk.requests" else APPROVER
            said = await press(clinic, who, where, client, verb, page=1)
            assert ("R-1001" in said) is (who == mine), who
            assert (nothing in said) is (who != mine), who
    assert await posts(clinic) == before


JUNK: list[dict[str, Any]] = [
    {},
    {"request": 7, "plan": 7, "justification": 7, "page": 7},
    {"request": None, "plan": None, "justification": None, "page": None},
    {"request": [1], "plan": {"a": 1}, "justification": [], "page": {"a": []}},
    {"request": "R-9" * 3000, "plan": "x" * 9000, "justification": " ", "page": "-1"},
    {"request": "' OR 1=1 --", "plan": "", "justification": "x", "page": "99999999999999999999"},
    {"request": "\u202e../../R-1001", "plan": "", "justification": "\u200b", "page": "1e9"},
]


@pytest.mark.parametrize("client", CLIENTS)
async def test_forged_data_does_nothing_and_is_no_bug(
    clinic: Clinic, client: str, caplog: pytest.LogCaptureFixture
) -> None:
    request = await asked(clinic)
    await clinic.post("/teams/control", limits="off")
    before = await clinic.guestlist.store.record(request)
    for verb in (*ACTS, *VIEWS, *LISTS, "", "approval", "no.such", "approval.approve "):
        for data in JUNK:
            said = await press(clinic, "diego", "personal", client, verb, **data)
            assert said, (verb, data)
            assert ANA not in said
    assert await clinic.guestlist.store.record(request) == before
    assert "by a bug" not in caplog.text


@pytest.mark.parametrize("kind", ["invite", "assign"])
async def test_a_form_is_sent_for_those_who_may_ask_and_kept_for_all_others(
    clinic: Clinic, kind: str
) -> None:
    """Whoever sends it may have forged it: the app that it names is judged again."""
    for who in EVERYBODY:
        await clinic.say(who, "/help")
    app = next(app["id"] for app in clinic.story.raw["apps"] if app["displayName"] == "Health Records")
    await clinic.act(act="setProperties", person="alex", properties={"userType": "Guest"})
    form = {"address": ANA, "name": "Ana Ruiz", "app": app, "term": "30d", "justification": "She audits it."}
    for who in ("alex", *BYSTANDERS):
        fill_in = {
            "type": "Action.Submit",
            "data": {"verb": f"{kind}.open", "msteams": {"type": "task/fetch"}},
        }
        opened = await send(clinic, who, "personal", fill_in)
        sent = await clinic.post(
            "/teams/dialog/submit",
            **{"as": who},
            dialog=opened["shown"]["dialog"]["id"],
            action={"type": "Action.Submit", "data": {"verb": f"{kind}.send"}},
            inputs=form,
        )
        assert sent["shown"]["kind"] == "dialog", who
        assert "Not sent" in spoken(sent["shown"]["dialog"]), who
    assert await clinic.guestlist.store.waiting(10) == []
    assert await audited(clinic, "request.submitted") == []


async def test_a_search_finds_what_the_caller_may_ask_for_whatever_it_is_sent_with(clinic: Clinic) -> None:
    await clinic.say(REQUESTOR, f"/invite {ANA} to Health Records for 30d because of the {WHY}")
    await approve(clinic, APPROVER)
    await clinic.card(REQUESTOR, "Delivered")
    await clinic.guestlist.index.refresh()
    ids = {app["displayName"]: app["id"] for app in clinic.story.raw["apps"]}
    found: dict[str, set[str]] = {}
    for app in ("incident-reports", "identity-portal", "device-tracker"):
        await clinic.act(act="removeOwner", app=app, person="isaiah")  # who may ask for nothing any more
    for who in ("megan", "diego", "isaiah"):
        await clinic.say(who, "/help")
        where = {"as": who, "conversation": await clinic.place(who, "personal")}
        for dataset in ("apps", "access", "guests", "people"):
            inputs = {"app": ids["Health Records"]}
            asked_for = {**where, "dataset": dataset, "query": "", "inputs": inputs}
            answer = await clinic.post("/teams/search", **asked_for)
            found[f"{who} {dataset}"] = {row["title"] for row in answer["shown"]["results"]}
    assert "Health Records" in found["megan apps"]
    assert found["megan access"] != set()
    assert "Referral Desk" in found["diego apps"]
    assert "Health Records" not in found["diego apps"] | found["isaiah apps"]
    assert found["diego access"] == found["isaiah access"] == set()
    assert found["megan guests"] == found["diego guests"]
    assert {title.rpartition(" ")[2] for title in found["megan guests"]} == {f"({ANA})"}
    assert found["isaiah apps"] == found["isaiah access"] == found["isaiah guests"] == set()
    assert found["megan people"] == set(), "there is no such list"
