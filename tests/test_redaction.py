"""What the log hides, however it is written, and at what cost."""

import asyncio
import logging
from pathlib import Path

import pytest

from bot.telemetry import redact
from tests.clinic import open_clinic
from tests.test_log_lines import written_lines

ADDRESSES = (
    "ana@fabrikam.com",
    "Ana.Ruiz+audit@fabrikam.co.uk",
    "o'brien@fabrikam.com",
    "o!ne@fabrikam.com",
    "ana%40fabrikam.com",
    "ana%2540fabrikam.com",
    "ana@localhost",
    "ana_fabrikam.com#EXT#@contoso.onmicrosoft.com",
    "ana_fabrikam.com%23EXT%23%40contoso.onmicrosoft.com",
    "ana_fabrikam.com#EXT#",
    "ana_fabrikam.com%23EXT%23",
    "ana@[10.0.0.1]",
    "ana&#64;fabrikam.com",
    "ana&#x40;fabrikam.com",
    r"ana\u0040fabrikam.com",
    "ana\uff20fabrikam.com",
    "j%C3%B6rg@fabrikam.com",
    "анна@фабрика.рф",
)
AROUND = ("{}", "Graph refused {} twice", "who='{}'", "/v1.0/users/{}/messages", "<{}>", '{{"mail":"{}"}}')


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("around", AROUND)
def test_an_address_is_hidden_however_it_is_written(address: str, around: str) -> None:
    said = redact(around.format(address))
    assert "***address***" in said
    assert not {"fabrikam", "contoso", "brien", "ana", "rg", "анна"} & set(said.replace("=", " ").split())
    assert "fabrikam" not in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer ***"),
        ("it was eyJhbGciOi.eyJzdWIi.c2ln here", "it was ***token*** here"),
        ("see https://login.example.com/redeem?x=1 there", "see ***link*** there"),
        ("url='https://example.com/a?ticket=9'", "url='***link***"),
        ("rd=https%3A%2F%2Fexample.com%2Fredeem%3Fticket%3D9", "rd=***link***"),
        (r'"https:\/\/example.com\/redeem?rd=9"', '"***link***'),
        ("it was eyJhbGciOi.eyJzdWIi here", "it was ***token*** here"),
        ("GET https://graph.microsoft.com/v1.0/users", "GET https://graph.microsoft.com/v1.0/users"),
        ("R-1042: step give, 3 of 5 (rights-missing)", "R-1042: step give, 3 of 5 (rights-missing)"),
    ],
)
def test_a_token_and_a_link_that_lets_in_are_hidden_and_nothing_else(text: str, said: str) -> None:
    assert redact(text) == said


def test_what_is_cut_off_is_cut_between_words() -> None:
    for secret in ("ana@fabrikam.com", f"eyJhbGciOi.{'eyJzdWIi' * 9}.c2ln"):
        for there in range(len(secret)):
            before = f"{('x ' * 25_000)[: 49_999 - there]} "
            said = redact(f"{before}{secret} on")[-60:]
            assert said.endswith(f" … {50_000 - there + len(secret) + 3} characters")
            assert not {"ana", "eyJ"} & {word[:3] for word in said.split()}
        said = redact("x" * (50_000 - 30) + f" {secret * 9}")
        assert "fabrikam" not in said
        assert "eyJ" not in said


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a.",
        "eyJ-",
        "eyJa.",
        "http://",
        "https://token",
        "%25",
        "bearer ",
        "@",
        "&#0",
        "\\",
        "#EXT",
        "http%25",
        " ",
    ],
)
def test_a_long_text_of_a_stranger_ends(piece: str) -> None:
    """By its square this would take minutes."""
    assert len(redact(piece * 400_000)) < 600_000


BODY = b"Jane Doe 1990" * 10
GZIP = b"Host: x\r\nExpect: 100-continue\r\nContent-Encoding: gzip\r\nContent-Length: 130"
NO_HTTP = {
    "head": (b"GET /healthz HTTP/1.1\r\nHost: x\r\nCookie: Jane Doe\x01\r\n\r\n", b"", b" 400 "),
    "body": (
        b"GET /healthz HTTP/1.1\r\n%s\r\n\r\n" % GZIP,
        BODY,
        b" 200 ",
    ),
    "notification": (
        b"POST /api/graph/notifications HTTP/1.1\r\n%s\r\nContent-Type: application/json\r\n\r\n" % GZIP,
        BODY,
        b" 400 ",
    ),
}


@pytest.mark.parametrize("what", NO_HTTP)
async def test_what_is_no_http_is_a_word_in_the_log_without_the_words_of_who_sent_it(
    tmp_path: Path, what: str
) -> None:
    head, body, answer = NO_HTTP[what]
    async with open_clinic(tmp_path, changed={"GUESTLIST_PUBLIC_URL": "http://127.0.0.1:8"}) as clinic:
        with written_lines() as (_, stream):
            port = int(clinic.bot.rsplit(":", 1)[1])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head)
            if body:  # which comes by itself, once the head has been read
                assert b" 100 " in await reader.readuntil(b"\r\n\r\n")
            writer.write(body)
            assert answer in await reader.readline()
            await reader.read()
            writer.close()
    said = stream.getvalue()
    assert "A caller sent what is no HTTP" in said
    assert "Jane" not in said
    assert " ERROR " not in said


def test_a_line_of_a_vendor_whose_fields_do_not_fit_is_written_without_them() -> None:
    with written_lines() as (handler, stream):
        handler.handle(
            logging.LogRecord(
                "a.vendor", logging.ERROR, __file__, 1, "sent %d to %s", ("ana@fabrikam.com",), None
            )
        )
    assert stream.getvalue().endswith(" ERROR a.vendor: sent %d to %s\n")
