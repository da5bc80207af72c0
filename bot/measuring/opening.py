"""Opens the telemetry that the settings ask for, and loads what that takes, else nothing."""

from typing import TYPE_CHECKING

from bot.credential import Credential
from bot.measuring.watch import Telemetry

if TYPE_CHECKING:
    from bot.settings import Settings


class NotInstalledError(Exception):
    """A setting asks for what was not installed along with Guestlist."""

    def __str__(self) -> str:
        setting, extra = self.args
        return f"GUESTLIST_{setting} needs more than is installed: pip install 'guestlist[{extra}]'."


def open_telemetry(settings: "Settings", credential: Credential) -> Telemetry:
    """Return what measures; raises `NotInstalledError`."""
    named = {
        "OTLP_URL": bool(settings.otlp_url),
        "METRICS_PORT": settings.metrics_port is not None,
        "AZURE_MONITOR": bool(settings.azure_monitor),
    }
    asked = [name for name, is_set in named.items() if is_set]
    if not asked:
        return Telemetry()
    try:
        from bot.measuring.exporting import open_running  # noqa: PLC0415 - 20 MB, for who asks for it

        return open_running(settings, None if settings.credential == "static" else credential)
    except ImportError as error:
        azure = asked == ["AZURE_MONITOR"] or (error.name or "").startswith("azure")
        extra = ("AZURE_MONITOR", "azure-monitor") if azure else (asked[0], "telemetry")
        raise NotInstalledError(*extra) from error
