"""A guest whose address has changed in the directory: what was approved, and how the new one is."""

from access.rules.addresses import are_same
from access.rules.coaching import GuestFile


def moved_from(file: GuestFile) -> str:
    """Return the address that was approved, where the directory has another for the guest by now."""
    guest = file.clues.guest if file.clues else None
    if guest is None or file.main is None or are_same(guest.address, file.main.request.address):
        return ""
    return file.main.request.address


def anew(file: GuestFile) -> str:
    """Return the line that has the guest's address of now approved, by whoever looks."""
    guest = file.clues.guest if file.clues else None
    if not moved_from(file) or guest is None or not guest.address:
        return f"/change {file.address} address NEW-ADDRESS"
    if file.holds.may_change or file.main is None:
        return f"/change {guest.address} address {guest.address}"
    return f'/invite {guest.address} to "{file.main.request.app.name}"'
