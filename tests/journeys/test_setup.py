"""`/setup` over HTTP: an app gets a group of its own for guests, and each part is read back."""

from pathlib import Path
from typing import Any

import pytest

from access.rules.model import DEFAULT_ACCESS
from tests.clinic import POLICY, TOKEN, Clinic, open_clinic, spoken, until
from tests.journeys.acts import actions_of, audited, button, send, settled, shown, told
from tests.journeys.test_who_may_see import said

ALL = "Group.Create,Group.ReadWrite.All,AppRoleAssignment.ReadWrite.All,Application.ReadWrite.All"
LOOK = '/setup "Case Review"'
REVIEW = "3d1e3243-235a-5d1c-af32-38ca40128dd9"
"""Case Review the app; a group is called so, too."""
NOT_YOURS = "There is no app with this name that you may set up."


async def asked(clinic: Clinic, line: str = f"{LOOK} create") -> None:
    await clinic.say("megan", line)
    await clinic.card("megan", "Set up Case Review for guests")


async def approved(clinic: Clinic, who: str = "lidia") -> None:
    card = await clinic.card(who, "Waiting for your decision")
    pressed = await clinic.press(who, card, "approval.approve")
    assert pressed["status"] == 200, pressed


async def test_an_owner_looks_asks_an_admin_approves_and_the_group_stands(clinic: Clinic) -> None:
    await clinic.act(act="setProperties", app=REVIEW, properties={"appRoleAssignmentRequired": False})
    answer = await told(clinic, "megan", LOOK)
    for words in (
        "Nothing is changed yet.",
        "Everybody in the tenant can sign in, assigned or not",
        "Case Review: takes guests",
        "Two switches that no API sets",
        "Write the entry into the policy file",
    ):
        assert words in answer, words
    assert await clinic.ledger("group.created") == []

    card = await clinic.card("megan", "What would be done")
    new = next(one for one in actions_of(card) if one["data"].get("makes"))
    assert "is sent to the admins" in shown(await send(clinic, "megan", "personal", new))
    await approved(clinic)
    await settled(clinic)
    done = await clinic.card("lidia", "Group ready, not in the policy yet")
    [made] = await clinic.ledger("group.created")
    assert made["detail"]["group"] == "Case Review guests"
    assert f"group:{made['detail']['id']}" in str(done["card"])
    assert "ManagedAppMenuBlade" in str(done["card"])
    for step in ("make-group", "assign-group", "require-assignment", "prove-setup"):
        assert step in [one["step"] for one in await audited(clinic, "step.begun")]
    assert len(await clinic.ledger("assignment.created")) == 1
    assert len(await clinic.ledger("app.changed")) == 1


async def test_a_group_that_is_there_is_adopted(clinic: Clinic) -> None:
    await told(clinic, "megan", '/setup "Health Records" adopt "Health Records guests"')
    await approved(clinic)
    await settled(clinic)
    await clinic.card("megan", "Set up, and in force")
    assert {one["detail"]["person"] for one in await clinic.ledger("owner.added")} == {
        one["id"] for one in clinic.story.raw["people"] if one["key"] in ("megan", "nia")
    }
    assert await clinic.ledger("group.created") == []
    assert "There is nothing to do" in await told(clinic, "megan", '/setup "Health Records"')
    again = await told(clinic, "megan", '/setup "Health Records" adopt "Health Records guests"')
    assert "is set up with this group already" in again


async def test_without_permissions_a_person_does_the_rest_and_check_again_reads_it(clinic: Clinic) -> None:
    await clinic.switch(withheldPermissions=ALL.replace("Group.Create,", ""))
    await clinic.act(act="setProperties", app=REVIEW, properties={"appRoleAssignmentRequired": False})
    await asked(clinic)
    await approved(clinic)
    await settled(clinic)
    card = await clinic.card("megan", "A person has to do the rest")
    assert "Add the group Case Review guests to Case Review" in str(card["card"])
    assert "Set Assignment required of Case Review to Yes." in str(card["card"])
    [made] = await clinic.ledger("group.created")
    assert await clinic.ledger("assignment.created") == []

    await clinic.act(act="assign", group=made["detail"]["id"], app=REVIEW, role=DEFAULT_ACCESS)
    await clinic.act(act="setProperties", app=REVIEW, properties={"appRoleAssignmentRequired": True})
    await clinic.press("megan", card, "delivery.retry")
    await settled(clinic)
    await clinic.card("megan", "Group ready, not in the policy yet")
    assert len(await clinic.ledger("group.created")) == 1


async def left_to_a_person(clinic: Clinic) -> str:
    """Have a set-up stand still for want of permissions, its group made; return the group."""
    await clinic.switch(withheldPermissions=ALL.replace("Group.Create,", ""))
    await asked(clinic)
    await approved(clinic)
    await settled(clinic)
    await clinic.card("megan", "A person has to do the rest")
    [made] = await clinic.ledger("group.created")
    return str(made["detail"]["id"])


async def test_a_group_that_was_deleted_by_hand_is_made_anew(clinic: Clinic) -> None:
    group = await left_to_a_person(clinic)
    await clinic.act(act="deleteGroup", group=group)
    await clinic.switch(withheldPermissions="")
    await told(clinic, "megan", "/retry R-1001")
    await settled(clinic)
    card = await clinic.card("megan", "Group ready, not in the policy yet")
    assert len(await clinic.ledger("group.created")) == 2
    assert group not in str(card["card"])


async def test_a_set_up_that_stands_still_is_given_up_and_the_app_is_free_for_another(clinic: Clinic) -> None:
    await left_to_a_person(clinic)
    assert "Not sent: the same as R-1001" in await told(clinic, "megan", f"{LOOK} create")
    assert "/remove R-1001" in await told(clinic, "megan", "/cancel R-1001")
    assert "/remove R-1001" in await told(clinic, "megan", "/undo R-1001")
    assert "There is no request R-1001" in await told(clinic, "diego", "/remove R-1001")
    card = await clinic.card("megan", "A person has to do the rest")
    pressed = await clinic.press("megan", card, "assignment.remove")
    assert "Given up" in spoken(pressed["shown"])
    await settled(clinic)
    await clinic.card("lidia", "Megan Bowen gave it up")
    await told(clinic, "megan", f"{LOOK} create")
    await clinic.card("lidia", "Waiting for your decision")


async def test_check_again_says_that_the_group_is_gone(clinic: Clinic) -> None:
    await asked(clinic)
    await approved(clinic)
    await settled(clinic)
    [made] = await clinic.ledger("group.created")
    await clinic.act(act="deleteGroup", group=made["detail"]["id"])
    await told(clinic, "megan", "/retry R-1001")
    await settled(clinic)
    card = await clinic.card("megan", "The group is gone")
    assert "For the policy file" not in spoken(card)


async def test_the_entry_in_the_policy_file_is_taken_up_and_the_card_says_so(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_bytes(POLICY.read_bytes())
    async with open_clinic(tmp_path, policy=file) as clinic:
        await asked(clinic)
        await approved(clinic)
        await settled(clinic)
        done = await clinic.card("lidia", "For the policy file")
        [record] = await clinic.guestlist.store.requested_by(
            next(one["id"] for one in clinic.story.raw["people"] if one["key"] == "megan"), 1
        )
        assert record.request.setup is not None
        entry = record.request.setup.entry
        file.write_text(f"{file.read_text(encoding='utf-8')}\n{entry}\n", encoding="utf-8")

        async def taken() -> bool:
            return len(await audited(clinic, "policy.changed")) > 1

        await until(taken, "the policy is taken up")
        await clinic.press("lidia", done, "delivery.retry")
        await settled(clinic)
        await clinic.card("megan", "Set up, and in force")
        assert len(await audited(clinic, "setup.in-force")) == 1


async def test_a_group_whose_making_was_lost_is_found_and_not_made_twice(clinic: Clinic) -> None:
    await clinic.fault(match={"method": "POST", "path": "/groups$"}, do="reset-after", times=1)
    await asked(clinic)
    await approved(clinic)
    await settled(clinic)
    await clinic.card("megan", "Group ready, not in the policy yet")
    assert len(await clinic.ledger("group.created")) == 1


@pytest.mark.parametrize("where", ["personal", "channel"])
async def test_an_app_of_others_and_none_are_the_same_words(clinic: Clinic, where: str) -> None:
    answers = {
        "".join(await said(clinic, "diego", f'/setup "{app}"', where))
        for app in ("Case Review", "No such app")
    }
    assert len(answers) == 1
    assert {one["refused"] for one in await audited(clinic, "act.refused")} == {"NotTheirApp"}


async def test_without_a_name_the_app_is_chosen_in_a_form(clinic: Clinic) -> None:
    assert "Set up which app for guests?" in await told(clinic, "alex", "/setup")
    card = await clinic.card("alex", "Set up which app for guests?")
    answer = await send(clinic, "alex", "personal", button(card, "setup.view"), inputs={"app": REVIEW})
    assert "Set up Case Review for guests" in shown(answer)


async def test_a_group_that_cannot_hold_guests_is_refused_with_the_cause(clinic: Clinic) -> None:
    for key in ("board", "all-clinicians", "onprem-imaging"):
        await clinic.act(act="assign", group=key, app=REVIEW, role=DEFAULT_ACCESS)
    answer = await told(clinic, "megan", LOOK)
    assert "Board Papers: its own setting bars guests (AllowToAddGuests)" in answer
    assert "All Clinicians: a rule fills it, so nobody can be added by hand" in answer
    assert "Imaging On-Premises: it comes from on-premises, so nobody can be added here" in answer
    refused = await told(clinic, "megan", f'{LOOK} adopt "All Clinicians"')
    assert "This group cannot hold guests by hand." in refused
    assert "a rule fills it" in refused
    await clinic.switch(tenantAddsGuests=False)
    assert "Case Review: the tenant bars guests from Microsoft 365 groups" in await told(
        clinic, "megan", LOOK
    )


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (f"{LOOK} adopt", "Write the app in quotes"),
        (f"{LOOK} destroy everything", "Write the app in quotes"),
        (f'{LOOK} adopt "Nobody"', "No group of this name is assigned to Case Review."),
        (f"{LOOK} create as Emperor", "Case Review has no such role. There are: default access."),
        (
            '/setup "Health Records" create',
            "There are: Clinician and Auditor.",
        ),
        ('/setup ""', NOT_YOURS),
        ("/setup Helth Rekords", NOT_YOURS),
        ("/setup case review", "Set up Case Review for guests"),
        ("/setup case review adopt Nobody", "No group of this name is assigned to Case Review."),
    ],
)
async def test_what_is_typed_is_answered(clinic: Clinic, typed: str, words: str) -> None:
    assert words in await told(clinic, "megan", typed)
    assert await clinic.ledger("group.created") == []


async def test_where_guestlist_may_make_no_group_it_says_what_a_person_does(clinic: Clinic) -> None:
    await clinic.switch(withheldPermissions=ALL)
    answer = await told(clinic, "pradeep", '/setup "Imaging Archive"')
    assert "a person, without Group.Create" in answer
    assert "Once the group is made and assigned" in answer
    refused = await told(clinic, "pradeep", '/setup "Imaging Archive" create')
    assert "Guestlist may not make groups: it lacks Group.Create." in refused


async def test_without_p1_nothing_is_asked(clinic: Clinic) -> None:
    await clinic.switch(signInLicence=False)
    assert "No Entra ID P1" in await told(clinic, "megan", LOOK)
    assert "The tenant lacks Entra ID P1" in await told(clinic, "megan", f"{LOOK} create")


async def test_asked_twice_is_one_request_and_only_admins_decide(clinic: Clinic) -> None:
    await asked(clinic)
    assert "Not sent: the same as R-1001" in await told(clinic, "alex", f"{LOOK} create")
    assert "There is no request R-1001" in await told(clinic, "alex", "/approve R-1001")
    assert "somebody else decides" in await told(clinic, "megan", "/approve R-1001")
    assert "nothing less" in await told(clinic, "lidia", "/amend R-1001 for 5d")
    assert await clinic.ledger("group.created") == []


async def test_a_forged_press_sets_nobodys_app_up(clinic: Clinic) -> None:
    await told(clinic, "megan", LOOK)
    whole = next(
        one
        for one in actions_of(await clinic.card("megan", "What would be done"))
        if one["data"].get("makes")
    )
    await clinic.say("diego", "/help")
    for app in (whole["data"]["app"], "*", "", None, [whole["data"]["app"]], {"a": 1}):
        action = {**whole, "data": {**whole["data"], "app": app, "group": ["x"], "role": 7}}
        assert "is sent" not in shown(await send(clinic, "diego", "personal", action))
    assert await audited(clinic, "request.submitted") == []


async def test_an_app_with_hundreds_of_groups_is_answered_and_one_adopted_by_its_name(clinic: Clinic) -> None:
    await many_groups(clinic, 160)
    answer = await told(clinic, "megan", LOOK)
    assert "Nothing is changed yet." in answer
    assert "more groups can be adopted in this way." in answer
    assert "Department 157" not in answer
    await clinic.say("megan", f'{LOOK} adopt "Department 157"')
    card = await clinic.card("lidia", "Waiting for your decision")
    assert "Department 157" in spoken(card)
    assert "No group of this name is assigned" in await told(
        clinic, "megan", f'{LOOK} adopt "Department 160"'
    )


async def many_groups(clinic: Clinic, number: int) -> None:
    """Assign as many groups to Case Review, each called a department."""
    tenant, headers = f"{clinic.url}/v1.0", {"Authorization": f"Bearer {TOKEN}"}
    for one in range(number):
        body: dict[str, Any] = {"displayName": f"Department {one:03}", "mailNickname": f"d{one}"}
        body |= {"mailEnabled": False, "securityEnabled": True}
        async with clinic.http.post(f"{tenant}/groups", headers=headers, json=body) as answer:
            group = (await answer.json())["id"]
        given = {"principalId": group, "resourceId": REVIEW, "appRoleId": DEFAULT_ACCESS}
        path = f"{tenant}/servicePrincipals/{REVIEW}/appRoleAssignedTo"
        async with clinic.http.post(path, headers=headers, json=given) as answer:
            assert answer.status == 201, await answer.text()
