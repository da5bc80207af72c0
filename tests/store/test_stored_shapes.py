"""What of a stored request has no default: what the first version that stored it wrote, and nothing since."""

from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass, replace
from typing import Any, get_args, get_type_hints

import orjson

from access.rules.model import Request
from bot.store import codec
from tests.rules.replaying import FACTS, sent

WRITTEN_FROM_THE_FIRST = {
    "Request": "request_id number version state kind requestor subject address guest_name app give term "
    "justification message place submitted_at closes_at changed_at",
    "Named": "object_id name",
    "Give": "kind object_id name",
    "Term": "",
    "Panel": "approvers",
    "StandIn": "by for_whom until",
    "Seen": "laid meant",
    "Laid": "approvers",
    "Meant": "word people",
    "Plan": "steps guest_id redemption hash",
    "ReviewResult": "by result at",
    "Waived": "waiver at plan count most",
    "NotWaived": "waiver most days",
    "Relinked": "by at",
    "FormAnswer": "id asked text",
    "Question": "by text asked_at",
    "Amendment": "by at was",
    "Escalation": "stage at",
    "Extends": "request_id number was to",
    "Renewal": "request_id number at was to",
    "NotRenewed": "by at",
    "Failure": "step cause detail at",
    "Assignment": "state",
    "End": "why at",
    "EndFailure": "step cause at",
    "Restore": "seq to at last next",
    "Facts": "domain guest_known letters",
    "Answered": "question letters mark",
    "Limit": "waiver most per",
    "Account": "state delete_at",
    "Edit": "what was to",
    "Halted": "by label at",
    "Lapsed": "what shown_at",
    "Listed": "list_id row label",
    "Ordered": "by at plan right",
    "PutBack": "by at",
    "Returned": "by at",
    "Setup": "group_name role owners",
    "Checked": "at",
    "AppRole": "role_id name",
    "Guard": "scope wish spared",
    "Scope": "",
    "Wish": "",
    "Spared": "",
    "Sums": "",
    "MadePolicy": "part policy_id",
    "Ordering": "act by at",
    "Observed": "since until",
    "Bulk": "list_id file digest rows counts domains",
}
"""Never to be made longer, but by a line for what nothing stored before. Whatever one of them gains needs a
default: without one, nothing that was stored before can be read, and no list of requests that has it."""


def stored(kind: Any) -> Iterator[type[Any]]:
    """Return each dataclass that is stored within one of this type, and itself."""
    if is_dataclass(kind):
        assert isinstance(kind, type)
        yield kind
        for one in get_type_hints(kind).values():
            yield from stored(one)
    for one in get_args(kind):
        yield from stored(one)


def test_what_is_stored_has_a_default_for_every_field_that_it_has_gained() -> None:
    needed = {
        kind.__name__: [
            one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING
        ]
        for kind in stored(Request)
    }
    assert needed == {name: words.split() for name, words in WRITTEN_FROM_THE_FIRST.items()}


def test_a_request_is_read_whose_facts_are_as_the_first_version_kept_them() -> None:
    request = replace(sent(), facts=FACTS)
    body = orjson.loads(codec.request_changes(request)["body"])
    first = WRITTEN_FROM_THE_FIRST["Facts"].split()
    body["facts"] = {name: value for name, value in body["facts"].items() if name in first}
    read = codec.request_of(orjson.dumps(body).decode())
    assert read is not None
    assert read.facts is not None
    assert (read.facts.domain, read.facts.give) == (FACTS.domain, None)
