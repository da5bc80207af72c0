"""A request that was sent before the form had questions of the policy is read as it was."""

import orjson

from access.ports import Store
from access.rules.form_questions import FormAnswer
from bot.store.codec import request_of, request_row
from tests.store.making import added


async def test_a_request_without_answers_is_read_and_one_with_answers_comes_back_whole(store: Store) -> None:
    request = (await added(store)).request
    assert request.form_answers == (FormAnswer("project", "Which project?", "canary project"),)
    body = orjson.loads(request_row(request)["body"])
    assert request_of(orjson.dumps(body).decode()) == request
    del body["form_answers"]
    before = request_of(orjson.dumps(body).decode())
    assert before is not None
    assert before.form_answers == ()
