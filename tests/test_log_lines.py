"""No field, message or traceback of the log can pass for a line of its own."""

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import given
from hypothesis import strategies as st

from bot.telemetry import configure_logging

RECORD = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 (?:DEBUG|INFO|WARNING|ERROR|CRITICAL) ")
FORGED = "2026-11-23T10:00:00.000+00:00 CRITICAL guestlist: A background task ended by a bug"
BREAKS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
WORDS = st.lists(st.sampled_from((FORGED, "\x1b[2J", "\u202e", "ordinary", *BREAKS)), max_size=6).map("".join)


@contextmanager
def written_lines() -> Iterator[tuple[logging.Handler, io.StringIO]]:
    """Have the log configured as Guestlist does; yield its handler, and what it writes."""
    root, stream = logging.getLogger(), io.StringIO()
    before, level = root.handlers[:], root.level
    configure_logging()
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    try:
        yield handler, stream
    finally:
        root.handlers[:] = before
        root.setLevel(level)


def fail(text: str) -> None:
    raise ValueError(text)


def written(text: str) -> str:
    """Return how a record is written that has the text in its message, a field and its traceback."""
    with written_lines() as (_, stream):
        try:
            fail(text)
        except ValueError:
            logging.getLogger("guestlist").exception("It says %s", text, extra={"field": text})
    return stream.getvalue()


@given(WORDS)
def test_only_the_first_line_of_a_record_begins_like_one_whatever_is_in_it(text: str) -> None:
    first, *rest = written(text).removesuffix("\n").splitlines()
    assert RECORD.match(first)
    assert rest, "the traceback"
    assert all(one.startswith("\t") for one in rest)
    assert not any(RECORD.match(one) for one in rest)


@given(WORDS)
def test_nothing_in_a_record_moves_a_terminal_or_turns_the_writing_round(text: str) -> None:
    assert not set(written(text)) & {"\x1b", "\u202e", *BREAKS.replace("\n", "")}


def test_a_traceback_can_still_be_read_and_found() -> None:
    said = written("ordinary")
    assert "\n\tTraceback (most recent call last):\n" in said
    assert said.endswith("ValueError: ordinary\n")
