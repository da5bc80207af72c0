"""Readings that may fail: one that is canceled before it begins is closed, and complained of by nobody."""

import asyncio
import gc
import warnings

from access.ports import Refused, tried
from access.rules.causes import Cause
from access.rules.clues import Unread


async def read() -> str:
    raise Refused(Cause.RIGHTS_MISSING)


async def test_what_is_canceled_before_its_first_step_leaves_nothing_that_nobody_awaited() -> None:
    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        looking = asyncio.ensure_future(tried(read()))
        looking.cancel()
        await asyncio.wait([looking])
        del looking
        gc.collect()
    assert [str(one.message) for one in complaints] == []


async def test_what_may_not_be_read_is_said_as_such() -> None:
    assert await tried(read()) is Unread.PERMISSION
