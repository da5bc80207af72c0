"""A service URL leads only to where the settings say."""

import pytest

from bot.teams.origins import Origins

LISTED = [
    "https://kiosk.example.com",
    "https://smba.trafficmanager.net",
    "*.teams.example.com",
    "http://127.0.0.1:8765",
    "https://[::1]:99",
]


@pytest.mark.parametrize(
    ("url", "welcome"),
    [
        ("https://smba.trafficmanager.net/emea/", True),
        ("https://SMBA.trafficmanager.net:443/emea/", True),
        ("http://127.0.0.1:8765/connector/", True),
        ("https://[::1]:99/", True),
        ("https://eu.teams.example.com/", True),
        ("https://a.b.teams.example.com", True),
        ("http://smba.trafficmanager.net/", False),
        ("https://smba.trafficmanager.net:8443/", False),
        ("https://smba.trafficmanager.net.evil.example/", False),
        ("https://evil.example/smba.trafficmanager.net", False),
        ("https://smba.trafficmanager.net@evil.example/", False),
        ("https://evil.example\\@smba.trafficmanager.net/", False),
        ("https://smba.trafficmanager.net\t.evil.example/", False),
        ("https://smba.trafficmanager.net./", False),
        ("https://smba.trafficmanager.net/?x=1", False),
        ("https://smba.trafficmanager.net/#x", False),
        ("https://teams.example.com/", False),
        ("https://xteams.example.com/", False),
        ("http://eu.teams.example.com/", False),
        ("https://eu.teams.example.com:8443/", False),
        ("http://127.0.0.1:8766/", False),
        ("http://localhost:8765/", False),
        ("https://smbа.trafficmanager.net/", False),
        ("https://\u212aiosk.example.com/", False),
        ("https://[::1/", False),
        ("https://.teams.example.com/", False),
        ("https://a..teams.example.com/", False),
        (f"https://{'a' * 63}.teams.example.com/", True),
        (f"https://{'a' * 64}.teams.example.com/", False),
        (f"https://{'a.' * 118}teams.example.com/", True),
        (f"https://{'a.' * 119}teams.example.com/", False),
        ("https://a%2f.teams.example.com/", False),
        ("https://smba.trafficmanager.net:port/", False),
        ("", False),
    ],
)
def test_only_listed_origins_are_welcome(url: str, welcome: bool) -> None:  # noqa: FBT001 - a column of the table
    origins = Origins(LISTED)
    assert origins.allows(url) is welcome
    assert origins.allows(url) is welcome
    if "?" not in url:
        assert origins.allows_file(f"{url}?secret=1") is welcome


def test_the_address_of_a_file_is_not_kept() -> None:
    origins = Origins(LISTED)
    assert origins.allows_file("https://eu.teams.example.com/:x:/g/secret?secret=1")
    assert "secret" not in repr(vars(origins))
