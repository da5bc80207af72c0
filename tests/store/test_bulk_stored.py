"""What a request says of a list comes back from the store, and what an older version kept says none."""

from dataclasses import replace

import orjson

from access.rules.bulk import Run
from access.rules.lists import bulk_of
from access.rules.model import Kind
from bot.store import codec
from tests.rules.making import request
from tests.store.making import TurnedClock
from tests.store.test_contract_lists import made


def test_a_list_is_read_as_it_was_written(clock: TurnedClock) -> None:
    bulk = replace(bulk_of(made(clock)), left_out=("fabrikam.com",), run=Run.PAUSED, why="throttled", made=2)
    sent = replace(request(), kind=Kind.BULK, bulk=bulk)
    assert codec.request_of(codec.request_changes(sent)["body"]) == sent


def test_a_request_of_an_older_version_is_of_no_list() -> None:
    body = orjson.loads(codec.request_changes(request())["body"])
    del body["bulk"]
    assert codec.request_of(orjson.dumps(body).decode()) == request()


def test_a_list_leaves_no_access_of_its_own(clock: TurnedClock) -> None:
    sent = replace(request(), kind=Kind.BULK, bulk=bulk_of(made(clock)))
    assert codec.request_changes(sent)["assignment"] == "account"
