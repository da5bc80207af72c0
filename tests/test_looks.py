"""What one replica looks at now and then, beside the directory: as the settings ask for it."""

from pathlib import Path

import pytest

import app
from bot.settings import Settings
from tests.certificates import certificate
from tests.clinic import POLICY
from tests.test_settings import environment


@pytest.mark.parametrize(
    ("changes", "looks"),
    [
        ({}, set()),
        ({"RETENTION_DAYS": "365"}, {"guests whose time is over"}),
        ({"CREDENTIAL": "certificate"}, {"certificate"}),
    ],
)
async def test_what_the_settings_ask_for_is_looked_at(
    tmp_path: Path, changes: dict[str, str], looks: set[str]
) -> None:
    file = tmp_path / "guestlist.pem"
    file.write_bytes(certificate()[0])
    more = changes | {"POLICY_FILE": str(POLICY), "CERTIFICATE_FILE": str(file)}
    settings = Settings.read(environment(tmp_path, **more))
    assert isinstance(settings, Settings), str(settings)
    guestlist = await app.build(settings)
    try:
        assert {what for _, _, what in guestlist.readers.others} == looks
    finally:
        await guestlist.stop()
