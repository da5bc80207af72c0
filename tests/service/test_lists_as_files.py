"""The files of a list: who may have which, what stands in a row, and what is said where none was saved."""

import asyncio
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from access.ports import NotDone, Refused, Unknown
from access.rules.bulk import Run
from access.rules.causes import Cause
from access.rules.list_files import RESULT_COLUMNS, VERDICT_COLUMNS, ListFile, Outcome, RowOutcome
from access.rules.model import ERASED, Group, ObjectId, Record, Request, State, StepKind
from access.rules.policy_reader import read_policy
from access.rules.refusals import NotPossible, PlanMoved, UnknownRequest, Unreadable
from access.rules.sheet import WhyNotSaved
from access.rules.verdicts import Judged
from access.service.bulk_requests import BulkRequests
from access.service.list_files import Kept, ListFiles, body_of, size_of, why_late
from access.service.list_runs import ListRuns
from cards.list_file import to_do
from cards.look import Look
from cards.texts import LANGUAGES
from tests.cards.gallery import BERLIN
from tests.service.house import ALEX, DIEGO, LIDIA, MEGAN, NIA, POLICY, ZONE, House, draft
from tests.service.test_bulk_requests import IN_TWO, R1, ROWS, sent
from tests.service.test_dry_runs import judged
from tests.service.test_guest_sheets import URL, FakeUploads

ENGLISH = Look(BERLIN, personal=True)
COUNCIL = ObjectId("33333333-3333-4333-8333-333333333333")
A_MONTH = 44 * 86_400
"""Seconds until a list is kept no more that was sent: fourteen days to decide, and thirty."""


@dataclass
class Reached:
    """Says what a run has reached, as a test says it."""

    rows: list[RowOutcome] = field(default_factory=list)

    async def __call__(self, _: Request) -> Sequence[RowOutcome]:
        return self.rows


@pytest.fixture
def uploads(house: House) -> FakeUploads:
    return FakeUploads(house)


@pytest.fixture
def reached() -> Reached:
    return Reached()


@pytest.fixture
def files(house: House, uploads: FakeUploads, reached: Reached) -> ListFiles:
    return ListFiles(house.decisions, uploads, reached)


def kept(found: object) -> Kept:
    assert isinstance(found, Kept), found
    return found


async def save(files: ListFiles, found: object, look: Look = ENGLISH, by: ObjectId = MEGAN) -> Any:
    one = kept(found)
    late = why_late(one.request, files.decisions.now(), ZONE) if one.request else None
    return await files.save(one, by, URL, lambda row, found: to_do(row, found, one.request, look, late=late))


def rows(uploads: FakeUploads) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(uploads.files[URL].decode("utf-8-sig"))))


async def approved(house: House, *addresses: str) -> Record:
    await sent(house, *addresses)
    done = await house.decisions.approve(R1, ALEX, None)
    assert isinstance(done, Record), done
    assert done.request.state is State.DELIVERING
    return done


async def audited(house: House, what: str) -> list[dict[str, Any]]:
    return [dict(one.fact.detail) for one in await house.audit() if one.fact.what == what]


# --- verdicts -----------------------------------------------------------------------------------


async def test_each_row_stands_in_the_file_with_its_verdict_and_what_to_do(
    house: House, files: ListFiles, uploads: FakeUploads
) -> None:
    made = await judged(
        house, "ana@fabrikam.com", "Ana@Fabrikam.com", "x@mailinator.com", "=1+1", "a+b@x.example"
    )
    await save(files, await files.of_draft(made.list_id[:8], MEGAN))
    assert uploads.files[URL].startswith("\ufeff".encode())
    assert tuple(rows(uploads)[0]) == VERDICT_COLUMNS
    assert [(one["row"], one["address"], one["verdict"], one["about"]) for one in rows(uploads)] == [
        ("2", "ana@fabrikam.com", "new", ""),
        ("3", "Ana@Fabrikam.com", "duplicate", "row 2"),
        ("4", "x@mailinator.com", "denied", "mailinator.com"),
        ("5", "'=1+1", "not-an-address", ""),
        ("6", "a+b@x.example", "not-an-address", ""),
    ]
    said = [one["what_to_do"] for one in rows(uploads)]
    assert said[:2] == ["", ""]
    assert said[2] == "The policy does not allow guests from mailinator.com. Ask whoever keeps the policy."
    assert said[4].startswith("Microsoft cannot invite an address with a + in it.")
    assert said[3].endswith("Correct the list.")


async def test_what_to_do_is_said_in_the_reader_s_language_and_the_verdicts_are_not(
    house: House, files: ListFiles, uploads: FakeUploads
) -> None:
    made = await judged(house, "nobody")
    german = replace(ENGLISH, texts=LANGUAGES["de"])
    await save(files, await files.of_draft(made.list_id, MEGAN), german)
    [row] = rows(uploads)
    assert row["verdict"] == "not-an-address"
    assert row["what_to_do"].endswith("Berichtigen Sie die Liste.")


async def test_a_list_that_was_not_sent_is_its_owner_s_alone_and_for_a_day(
    house: House, files: ListFiles
) -> None:
    made = await judged(house, *ROWS)
    for who in (ALEX, LIDIA):
        assert await files.of_draft(made.list_id, who) is None
    assert await files.of_draft("zz", MEGAN) is None
    assert kept(await files.of_draft(made.list_id, MEGAN)).made == made
    house.clock.turn(seconds=86_400)
    assert await files.of_draft(made.list_id, MEGAN) is None


@pytest.mark.parametrize("who", [MEGAN, ALEX, NIA, LIDIA])
async def test_of_a_list_that_waits_who_asked_who_decides_and_admins_get_the_verdicts(
    house: House, files: ListFiles, who: ObjectId
) -> None:
    record = await sent(house)
    for reference in (R1, record.request.request_id):
        found = kept(await files.of_request(reference, who))
        assert (found.file, len(found.made.rows)) == (ListFile.VERDICTS, len(ROWS))


async def test_for_everybody_else_there_is_no_such_request(house: House, files: ListFiles) -> None:
    await sent(house)
    assert await files.of_request(R1, DIEGO) == UnknownRequest(R1)
    assert await files.of_request("R-1077", DIEGO) == UnknownRequest("R-1077")
    refused = await audited(house, "act.refused")
    assert [(one["act"], one["refused"]) for one in refused] == [("file", "UnknownRequest")] * 2


async def test_who_may_is_as_the_directory_says_at_the_press(house: House, files: ListFiles) -> None:
    record = await sent(house)
    house.tenant.owners[record.request.app.object_id] = [MEGAN, NIA]
    assert isinstance(await files.of_request(R1, ALEX), UnknownRequest)
    for who in (NIA, MEGAN):
        person = house.tenant.people[who]
        house.tenant.people[who] = replace(person, enabled=False)
        assert isinstance(await files.of_request(R1, who), UnknownRequest)


async def test_who_decides_later_gets_it_when_it_is_their_turn(house: House, files: ListFiles) -> None:
    stage = '[[defaults.stage]]\napprovers = ["role:admins"]'
    theirs = stage.replace("role:admins", f"group:{COUNCIL}")
    house.policy.policy = read_policy(IN_TWO.replace(stage, theirs))
    house.tenant.members[COUNCIL] = [DIEGO]
    house.tenant.groups[COUNCIL] = Group(COUNCIL, "Council")
    await sent(house)
    assert isinstance(await files.of_request(R1, DIEGO), UnknownRequest)
    await house.decisions.approve(R1, ALEX, None)
    assert kept(await files.of_request(R1, DIEGO)).file is ListFile.VERDICTS


async def test_nobody_gets_a_file_where_the_directory_cannot_be_read(house: House, files: ListFiles) -> None:
    await sent(house)
    house.faults.before["person"] = [NotDone(Cause.UNAVAILABLE)]
    assert await files.of_request(R1, ALEX) == Unreadable()


async def test_a_request_of_one_guest_has_no_file(house: House, files: ListFiles) -> None:
    record = await house.sent(draft())
    found = await files.of_request(record.request.label, MEGAN)
    assert isinstance(found, NotPossible)


async def test_a_list_whose_time_is_over_has_none_any_more(house: House, files: ListFiles) -> None:
    await sent(house)
    house.clock.turn(seconds=A_MONTH - 60)
    kept(await files.of_request(R1, MEGAN))
    house.clock.turn(seconds=60)
    assert isinstance(await files.of_request(R1, MEGAN), NotPossible)


async def test_a_guest_who_was_forgotten_is_told_to_be_so(
    house: House, files: ListFiles, uploads: FakeUploads
) -> None:
    await sent(house)
    await house.store.forget(await house.store.subject("bo@fabrikam.com"))
    await save(files, await files.of_request(R1, MEGAN))
    said = [(one["row"], one["address"], one["name"], one["what_to_do"]) for one in rows(uploads)]
    assert said[1] == ("3", ERASED, ERASED, "The guest was erased from Guestlist's records.")
    moved = await house.decisions.approve(R1, ALEX, None)
    assert isinstance(moved, PlanMoved)
    assert isinstance(await house.decisions.approve(R1, ALEX, None), Record)
    await house.settle()
    runs = replace(files, outcomes=ListRuns(house.decisions).outcomes)
    await save(runs, await runs.of_request(R1, MEGAN))
    assert [one["outcome"] for one in rows(uploads)] == ["done", "forgotten", "done", "not-asked"]
    assert rows(uploads)[1]["what_to_do"] == said[1][3]
    await house.store.forget(await house.store.subject("cy@adatum.com"))
    await save(runs, await runs.of_request(R1, MEGAN))
    assert [(one["address"], one["outcome"]) for one in rows(uploads)][1:3] == [
        (ERASED, "forgotten"),
        (ERASED, "done"),
    ]
    assert "adatum" not in uploads.files[URL].decode()


# --- results ------------------------------------------------------------------------------------


async def test_once_it_is_approved_the_file_says_what_became_of_each_row(
    house: House, files: ListFiles, uploads: FakeUploads, reached: Reached
) -> None:
    await approved(
        house, "ana@fabrikam.com", "bo@fabrikam.com", "cy@fabrikam.com", "dee@fabrikam.com", "nobody"
    )
    reached.rows = [
        RowOutcome(number=2, outcome=Outcome.DONE, label="R-1002"),
        RowOutcome(
            number=3,
            outcome=Outcome.FAILED,
            cause=Cause.UNAVAILABLE,
            step=StepKind.MAIL,
            label="R-1003",
        ),
        RowOutcome(number=4, outcome=Outcome.FAILED, cause=Cause.ADDRESS_REFUSED),
    ]
    await save(files, await files.of_request(R1, ALEX), by=ALEX)
    found = rows(uploads)
    assert tuple(found[0]) == RESULT_COLUMNS
    assert [(one["row"], one["outcome"], one["cause"], one["request"]) for one in found] == [
        ("2", "done", "", "R-1002"),
        ("3", "failed", Cause.UNAVAILABLE, "R-1003"),
        ("4", "failed", Cause.ADDRESS_REFUSED, ""),
        ("5", "waiting", "", ""),
        ("6", "not-asked", "not-an-address", ""),
    ]
    done, mail, address, waits, nobody = (one["what_to_do"] for one in found)
    assert (done, waits) == ("", "")
    assert mail.endswith("Type /retry R-1003: no new approval is needed.")
    assert "Press" not in mail
    assert address == "Ask Cy for another address. Send a new request with it."
    assert nobody.endswith("Correct the list.")


async def test_a_run_s_own_rows_stand_in_the_file_and_what_it_skipped(
    house: House, uploads: FakeUploads
) -> None:
    files = ListFiles(house.decisions, uploads, ListRuns(house.decisions).outcomes)
    await approved(house)
    other = await house.sent(draft(address="bo@fabrikam.com"))
    denied = POLICY.replace('"mailinator.com"', '"mailinator.com", "adatum.com"')
    house.policy.policy = read_policy(denied)
    await house.settle()
    await save(files, await files.of_request(R1, MEGAN))
    assert [(one["outcome"], one["cause"], one["request"]) for one in rows(uploads)] == [
        ("done", "", "R-1003"),
        ("not-asked", "already-asked", other.request.label),
        ("failed", Cause.DOMAIN_DENIED, ""),
        ("not-asked", "not-an-address", ""),
    ]
    assert rows(uploads)[2]["what_to_do"] == "Ask whoever keeps Guestlist's policy to allow the domain."


async def test_a_delivered_guest_whose_mail_failed_is_done_with_the_cause_and_what_to_do(
    house: House, uploads: FakeUploads
) -> None:
    files = ListFiles(house.decisions, uploads, ListRuns(house.decisions).outcomes)
    await approved(house, "ana@fabrikam.com")
    house.faults.before["draft"] = [Refused(Cause.MAILBOX_GONE)] * 3
    await house.settle()
    await save(files, await files.of_request(R1, MEGAN))
    [row] = rows(uploads)
    assert (row["outcome"], row["cause"]) == ("done", Cause.MAILBOX_GONE)
    assert row["what_to_do"].endswith("Type /retry R-1002: no new approval is needed.")
    house.clock.turn(seconds=31 * 86_400)
    await save(files, await files.of_request(R1, MEGAN))
    assert rows(uploads)[0]["what_to_do"].endswith("Have Megan send a new request.")


async def test_rows_that_were_left_out_or_not_reached_before_a_stop_are_told_apart(
    house: House, files: ListFiles, uploads: FakeUploads
) -> None:
    await sent(house)
    done = await BulkRequests(house.decisions).approve_except(R1, ALEX, ["adatum.com"], None)
    assert isinstance(done, Record), done
    found = kept(await files.of_request(R1, MEGAN))
    assert found.request is not None
    assert found.request.bulk is not None
    stopped = replace(found.request.bulk, run=Run.STOPPED)
    await save(files, replace(found, request=replace(found.request, bulk=stopped)))
    assert [(one["outcome"], one["what_to_do"]) for one in rows(uploads)][:3] == [
        ("stopped", "Send it in another list."),
        ("stopped", "Send it in another list."),
        ("left-out", "An approver has left out this domain."),
    ]


async def test_verdicts_that_were_offered_stay_verdicts_when_the_list_is_approved_meanwhile(
    house: House, files: ListFiles
) -> None:
    await approved(house)
    found = [await files.of_request(R1, MEGAN, one) for one in (None, *ListFile)]
    assert [kept(one).file for one in found] == [ListFile.RESULTS, ListFile.VERDICTS, ListFile.RESULTS]


async def test_of_what_waits_there_are_no_results_whatever_an_offer_says(
    house: House, files: ListFiles
) -> None:
    await sent(house)
    assert kept(await files.of_request(R1, MEGAN, ListFile.RESULTS)).file is ListFile.VERDICTS


# --- saving -------------------------------------------------------------------------------------


async def test_who_took_which_list_with_them_is_in_the_audit_before_the_first_byte_leaves(
    house: House, files: ListFiles, uploads: FakeUploads
) -> None:
    record = await sent(house)
    await save(files, await files.of_request(R1, ALEX), by=ALEX)
    assert uploads.told[-1] == "list.saving"
    fact = (await house.audit())[-1].fact
    assert (fact.actor, fact.request_id) == (ALEX, record.request.request_id)
    assert fact.detail == {"list": record.request.request_id, "file": "verdicts", "rows": len(ROWS)}


async def test_what_became_of_the_upload_is_said(
    house: House, files: ListFiles, uploads: FakeUploads
) -> None:
    await sent(house)
    uploads.error = Unknown(Cause.UNAVAILABLE)
    assert await save(files, await files.of_request(R1, MEGAN)) is WhyNotSaved.UNSURE


async def test_ten_thousand_rows_are_a_few_megabytes_and_made_beside_everything_else(
    house: House, files: ListFiles, uploads: FakeUploads, reached: Reached
) -> None:
    await approved(house)
    found = kept(await files.of_request(R1, MEGAN))
    [first, *_] = found.made.rows
    many = tuple(
        replace(first, number=number, address=f"guest-{number}@fabrikam.com", name=f"Guest {number}")
        for number in range(2, 10_002)
    )
    whole = replace(found, made=replace(found.made, rows=many))
    reached.rows = [
        RowOutcome(
            number=one.number, outcome=Outcome.FAILED, cause=Cause.UNAVAILABLE, label=f"R-{one.number}"
        )
        for one in many
    ]
    saving = asyncio.create_task(save(files, whole))
    turns = 0
    while not saving.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 100
    assert len(rows(uploads)) == 10_000
    assert len(uploads.files[URL]) < 3_000_000


def _nothing(_: Judged, __: RowOutcome | None) -> str:
    return ""


async def test_about_how_large_a_file_is_goes_by_its_first_rows(house: House) -> None:
    made = await judged(house, *(f"guest-{number}@fabrikam.com" for number in range(100, 300)))
    one = Kept(file=ListFile.VERDICTS, made=made)
    whole = len(body_of(one, (), _nothing, house.clock.now()))
    assert size_of(one, _nothing) == pytest.approx(whole, rel=0.1)
