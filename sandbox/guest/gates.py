"""The pages at the gate: where one signs in from, terms of use, and that one is stopped, and why."""

from collections.abc import Mapping
from html import escape
from typing import Any

from sandbox.guest.pages import form, page
from sandbox.guest.visits import Visit

STOPS = {
    53000: "It takes a device that your organisation manages, and that is believed here.",
    53001: "It takes a device that is joined to your organisation's directory, and that is believed here.",
    53002: "It takes an app that is approved for this.",
    53010: "You would have to set up a second proof, which may not be done from where you are.",
    50158: "It takes a check of another service, which is not there.",
}
"""In our own words, by code; every other is a policy that stops this sign-in."""


def chooser(visit: Visit, platforms: Mapping[str, str], places: Mapping[str, str]) -> str:
    """Return the fields that say from where and on what one signs in."""
    on = _select("platform", "You are on", platforms, visit.platform)
    return f'<div class="from">{on}{_select("place", "You are in", places, visit.place)}</div>'


def _select(name: str, label: str, options: Mapping[str, str], chosen: str) -> str:
    drawn = "".join(
        f'<option value="{escape(key)}"{" selected" if key == chosen else ""}>{escape(text)}</option>'
        for key, text in options.items()
    )
    return f'<div><label for="{name}">{label}</label><select id="{name}" name="{name}">{drawn}</select></div>'


def terms(visit: Visit, inviting: str, name: str) -> str:
    fields = (
        f"<p>{escape(inviting)} lets you in when you have accepted this:</p>"
        f'<p class="account"><b>{escape(name)}</b><br>What you see there is confidential, and '
        "you use it for the work that you were invited for.</p>"
    )
    buttons = (("accept", "Accept"), ("decline", "Decline"))
    return page("Terms of use", form(visit, "/guest/terms", fields, *buttons), who=visit.outsider)


def blocked(visit: Visit, entry: Mapping[str, Any], place: str) -> str:
    """Say that one is stopped, with what an admin needs to find it in the sign-in log."""
    code = entry["status"]["errorCode"]
    why = STOPS.get(
        code, "A rule of the organisation stops this sign-in: from here, on this device, or at all."
    )
    rows = {
        "Error code": code,
        "App": entry["appDisplayName"],
        "Device": entry["deviceDetail"]["operatingSystem"],
        "From": f"{place}, {entry['ipAddress']}",
        "Time": f"{entry['createdDateTime'][:19].replace('T', ' ')} UTC",
        "Request": entry["correlationId"],
    }
    listed = "".join(f"<dt>{name}</dt><dd>{escape(str(value))}</dd>" for name, value in rows.items())
    again = form(visit, "/guest/leave", "", ("leave", "Sign in from elsewhere"))
    title = f"You cannot get to {entry['appDisplayName']} now"
    text = f"<p>Your sign-in was right. {escape(why)}</p>"
    return page(title, f'{text}<dl class="facts">{listed}</dl>{again}', who=visit.outsider)
