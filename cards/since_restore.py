"""What a guest may have of a request since a backup was restored, in words."""

from access.rules.model import Effect, Request
from cards.look import Look
from cards.words import both, first, when


def since_restore(request: Request, look: Look) -> tuple[str, ...]:
    """Return what the guest has of a request whose approval, if there was one, a restore has lost."""
    if request.restored is None or not request.effects:
        return ()
    has = {
        Effect.GUEST: look.say_as("what a guest has", "an account"),
        Effect.ACCESS: look.say_as("what a guest has", "access to {app}", app=request.app.name),
        Effect.MAIL: look.say_as("what a guest has", "the mail"),
    }
    things = both([has[one] for one in has if one in request.effects], look)
    backup = when(request.restored.to, look, request.changed_at)
    there = look.say("{guest} already has {things}.", guest=first(request.guest_name, look), things=things)
    if request.setup is not None:
        there = look.say("The group {group} is there already.", group=request.setup.group_name)
    elif request.guard is not None:
        there = look.say("Its policies are there already.")
    return (
        there,
        look.say("If it was approved after the backup of {when}, that approval is lost.", when=backup),
    )
