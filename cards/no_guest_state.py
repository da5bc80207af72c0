"""How far an approved request of no single guest is: a set-up, a protection, a list."""

from access.rules.model import Record
from cards import guard_state, list_state, setup_state
from cards.anatomy import Strip
from cards.look import Look


def strip(record: Record, look: Look) -> Strip | None:
    """Return the strip; None of what was not approved, which is said as of any other request."""
    request = record.request
    if not request.of_no_guest or not (request.state in setup_state.APPROVED or guard_state.short(request)):
        return None
    if request.bulk is not None:
        return list_state.strip(record, look)
    return setup_state.strip(record, look) if request.setup is not None else guard_state.strip(record, look)
