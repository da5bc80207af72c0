"""A request is one trace, from the turn that asked to the card that says it was done; what is timed of it."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from access.rules.model import DEFAULT_ACCESS, State
from bot.store.errors import StoreError
from tests.canary import private
from tests.clinic import INVITE, TOKEN, Clinic, open_clinic, until
from tests.journeys.acts import approve
from tests.measuring.collector import QUICKLY, Collector, labels, open_collector


@dataclass(slots=True)
class Told:
    clinic: Clinic
    collector: Collector

    async def span(self, name: str, **wanted: Any) -> Any:
        """Return a span of this name and these labels; waits for it."""

        async def look() -> Any:
            return next(
                (
                    one
                    for one in self.collector.spans
                    if one.name == name and wanted.items() <= labels(one).items()
                ),
                None,
            )

        return await until(look, f"the span {name} was told")

    async def scraped(self) -> dict[str, dict[tuple[str, ...], float]]:
        """Return what `/metrics` says, parsed as Prometheus does: by sample and values of labels."""
        port = self.clinic.guestlist.telemetry.scraped.port
        async with self.clinic.http.get(f"http://127.0.0.1:{port}/metrics") as page:
            assert page.status == 200
            text = await page.text()
        found: dict[str, dict[tuple[str, ...], float]] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
        return found


@pytest.fixture
async def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Told]:
    for name, value in QUICKLY.items():
        monkeypatch.setenv(name, value)
    async with open_collector() as collector:
        changed = {
            "GUESTLIST_OTLP_URL": collector.url,
            "GUESTLIST_METRICS_PORT": "0",
            "GUESTLIST_GRAPH_DAILY_CAP": "50",
        }
        async with open_clinic(tmp_path, changed=changed) as clinic:
            yield Told(clinic, collector)


async def delivered(told: Told) -> None:
    await told.clinic.say("megan", INVITE, "channel")
    await approve(told.clinic)
    await told.clinic.card("diego", "Delivered", "channel")


async def test_one_trace_holds_the_turn_the_approval_each_call_of_the_delivery_and_the_card(
    told: Told,
) -> None:
    await delivered(told)
    asked = await told.span("turn said invite")
    record = await told.clinic.guestlist.store.numbered(1001)
    assert asked.trace_id.hex() == record.request.request_id, "whoever has the request has its trace"
    assert asked.parent_span_id == b""

    approved = await told.span("turn pressed approval.approve")
    step = await told.span("job step")
    card = await told.span("card update", **{"guestlist.audience": "thread"})
    calls = [
        await told.span(f"graph {one}")
        for one in (
            "POST /invitations",
            "POST /groups/{group-id}/members/$ref",
            "POST /users/{user-id}/messages/{message-id}/send",
            "GET /users/{user-id}/memberOf",
        )
    ]
    assert {one.trace_id for one in (approved, step, card, *calls)} == {asked.trace_id}
    assert approved.parent_span_id == step.parent_span_id == asked.span_id
    assert {one.parent_span_id for one in calls} == {step.span_id}
    assert [event.name for event in approved.events] == ["request.approved"]
    done = [labels(event)["guestlist.step"] for event in step.events if event.name == "step.done"]
    assert done == ["invite", "know", "give", "mail", "prove"]
    assert all(labels(one)["guestlist.graph.request_id"] for one in calls)
    assert all(one.end_time_unix_nano >= one.start_time_unix_nano for one in told.collector.spans)


async def test_a_turn_about_no_request_is_a_trace_of_its_own_and_names_no_word_that_was_typed(
    told: Told,
) -> None:
    await told.clinic.say("megan", "hello from ana@fabrikam.com")
    await told.clinic.say("megan", "/help")
    other, help_ = await told.span("turn said other"), await told.span("turn said help")
    assert other.trace_id != help_.trace_id


async def test_a_line_of_the_log_names_the_trace_and_is_redacted(told: Told) -> None:
    await told.clinic.fault(match={"method": "POST", "path": "/invitations$"}, mix={"503-before": 1.0})
    await told.clinic.say("megan", INVITE, "channel")
    await approve(told.clinic)
    asked = await told.span("turn said invite")

    async def line() -> Any:
        mine = (one for one in told.collector.lines if one.trace_id == asked.trace_id)
        return next((one for one in mine if labels(one).get("guestlist.status") == 503), None)

    found = await until(line, "the line was told, within the trace")
    assert found.body.string_value == "Graph refused a call"
    assert found.severity_text == "WARN"
    assert found.time_unix_nano > 0


async def test_what_is_scraped_and_what_is_told_are_the_right_numbers(told: Told) -> None:
    await delivered(told)
    await told.clinic.act(act="accept", address="ana@fabrikam.com")
    await told.clinic.card("diego", "accepted", "channel")
    found = await told.scraped()
    assert found["guestlist_request_transitions_total"] == {
        ("invite", "pendingApproval"): 1,
        ("invite", "delivering"): 1,
        ("invite", "delivered"): 1,
    }
    assert found["guestlist_request_decision_duration_seconds_count"] == {("invite", "approved"): 1}
    assert found["guestlist_request_effect_duration_seconds_count"] == {("invite",): 1}
    assert found["guestlist_request_acceptance_duration_seconds_count"] == {(): 1}
    steps = {key: value for key, value in found["guestlist_jobs_total"].items() if key[0] == "step"}
    assert steps == {("step", "done"): 5}
    assert found["guestlist_turn_duration_seconds_count"]["pressed", "answered"] >= 1
    assert found["guestlist_graph_cost_total"]["invitations",] == 1
    assert found["guestlist_process_memory_bytes"][()] > 2**20
    assert found["guestlist_queue_age_seconds"][()] < 60
    assert found["guestlist_delta_age_seconds"][()] < 60
    assert found["guestlist_quota_limit"] == {("invitations",): 50, ("mails",): 10_000}

    async def exported() -> list[Any]:
        return list(told.collector.points("guestlist.request.acceptance.duration"))

    ((_, point),) = await until(exported, "the metric was told")
    assert point.count == 1


async def test_what_is_undone_together_with_its_account_is_told_in_the_trace_of_what_it_was(
    told: Told,
) -> None:
    await delivered(told)
    await told.clinic.say("megan", "/undo R-1001 now")
    await told.clinic.card("diego", "Undone", "channel")
    asked = await told.span("turn said invite")

    async def begins() -> Any:
        spans = (one for one in told.collector.spans if one.trace_id == asked.trace_id)
        return [event.name for one in spans for event in one.events if event.name == "assignment.ending"]

    assert len(await until(begins, "the end was told")) == 1


class Gone:
    """A database that has gone away."""

    async def next_due_at(self) -> Any:
        raise StoreError("The database has gone away.")


async def test_a_database_that_has_gone_away_is_a_figure_that_grows(told: Told) -> None:
    assert (await told.scraped())["guestlist_database_silence_seconds"][()] < 60
    worker: Any = told.clinic.guestlist.worker
    worker.store = Gone()

    async def away() -> bool:
        return bool(worker._away)

    await until(away, "it was asked in vain")
    worker._answered_at -= 60

    async def silent() -> bool:
        return (await told.scraped())["guestlist_database_silence_seconds"][()] > 60

    assert await until(silent, "its silence was told")


async def test_tries_that_are_refused_are_counted_by_service_and_bucket(told: Told) -> None:
    await told.clinic.fault(match={"method": "POST", "path": "/invitations$"}, mix={"429": 1.0}, times=1)
    await told.clinic.say("megan", INVITE, "channel")
    await approve(told.clinic)

    async def throttled() -> float:
        found = (await told.scraped()).get("guestlist_throttled_total", {})
        return found.get(("invitations", "directory"), 0)

    assert await until(throttled, "a 429 was counted") >= 1


async def test_nothing_private_is_told_to_anybody_in_a_journey_with_faults(told: Told) -> None:
    faults = {"503-after": 0.2, "reset-after": 0.2, "429": 0.1}
    await told.clinic.fault(match={"method": "POST", "path": "^/v1.0/"}, mix=faults, seed=5)
    await delivered(told)
    await told.span("card update")
    port = told.clinic.guestlist.telemetry.scraped.port
    async with told.clinic.http.get(f"http://127.0.0.1:{port}/metrics") as page:
        said = told.collector.everything() + await page.text()
    assert "guestlist_turn" in said
    for secret in ("ana@", "fabrikam", "march audit", "ticket=", TOKEN, "Megan", "Alex"):
        assert secret.casefold() not in said.casefold(), secret
    assert private(said.splitlines(), TOKEN, *told.clinic.whys) == []


async def test_a_card_that_cannot_be_shown_is_counted_by_its_cause(told: Told) -> None:
    await told.clinic.fault(match={"method": "POST", "path": "/activities"}, mix={"502-before": 1.0})
    await told.clinic.say("megan", INVITE, "channel")

    async def failed() -> float:
        found = (await told.scraped()).get("guestlist_card_failures_total", {})
        return found.get(("card post", "unavailable"), 0)

    assert await until(failed, "a failure was counted") >= 1
    await told.clinic.post("/sandbox/faults/clear")


async def test_what_a_vendor_lets_slip_is_redacted_before_it_is_told(told: Told) -> None:
    link = "https://login.example/guest/redeem?ticket=abc"
    trouble = ValueError(f"ana@fabrikam.com, {link}")
    fields = {"whom": [link, "Bearer abcdef0123456789"]}
    vendor = logging.getLogger("a.vendor")  # at whom the canary does not listen
    vendor.error("A slip of %s", "ana%40fabrikam.com", extra=fields, exc_info=trouble)

    async def look() -> Any:
        return next((one for one in told.collector.lines if "A slip" in one.body.string_value), None)

    line = await until(look, "the line was told")
    assert line.body.string_value == "A slip of ***address***"
    told_of = labels(line)
    assert told_of["exception.stacktrace"].rstrip().endswith("ValueError"), "an error's own words stay here"
    assert "***link***" in told_of["guestlist.whom"]
    assert private([str(labels(line)), told.collector.everything()], TOKEN) == []


async def test_what_is_noted_of_an_access_that_others_gave_was_decided_by_nobody(told: Told) -> None:
    await told.clinic.switch(auditLag=0)
    await delivered(told)
    await told.clinic.act(act="assign", address="ana@fabrikam.com", app="patient-portal", role=DEFAULT_ACCESS)
    await told.clinic.say("megan", '/adopt ana@fabrikam.com in "Patient Portal" for 90d')
    record = await told.clinic.guestlist.store.numbered(1002)
    assert record.request.state is State.DELIVERED
    found = await told.scraped()
    assert found["guestlist_request_decision_duration_seconds_count"] == {("invite", "approved"): 1}
