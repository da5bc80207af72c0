"""A protection in words: whom it is about, what guests shall face, and what is foreseen of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from access.rules.conditional_access import EVERY, AccessPolicy, Platform
from access.rules.guards import Guard, Part, Scope, Spared, Sums
from cards import anatomy
from cards.anatomy import DONE, FAILED, LOOK_AT, UNREAD, WAITING, Tone
from cards.elements import ActionSet, Container, Element, TextBlock, ToggleVisibility
from cards.look import Look
from cards.texts import marked
from cards.words import escaped

_EXACT = "exact-values"
PLATFORMS: Mapping[Platform, str] = {
    Platform.WINDOWS: "Windows",
    Platform.MACOS: "macOS",
    Platform.IOS: "iOS",
    Platform.ANDROID: "Android",
    Platform.LINUX: "Linux",
    Platform.OTHER: marked("another system"),
}


def facts(guard: Guard, look: Look) -> list[tuple[str, str]]:
    """Return what guests shall face, and who is spared."""
    return [*_wished(guard, look), (look.say_as("fact", "Spared"), spared(guard.spared, look))]


def _wished(guard: Guard, look: Look) -> Iterator[tuple[str, str]]:
    wish = guard.wish
    if wish.mfa:
        yield look.say_as("fact", "MFA"), look.say("needed at every sign-in; one proven already counts")
    if guard.terms:
        yield look.say_as("fact", "Terms of use"), _names(one.name for one in guard.terms)
    if wish.platforms:
        known = [look.say(words) for one, words in PLATFORMS.items() if one in wish.platforms]
        yield look.say_as("fact", "Platforms"), look.say("only {names}", names=_names(known))
    if guard.places:
        places = _names(one.name for one in guard.places)
        yield look.say_as("fact", "Locations"), look.say("only {names}", names=places)


def defaults(guard: Guard, look: Look) -> list[Element]:
    """Return that it cannot be enforced as things were when it was asked for, where that is so."""
    on = look.say("Security defaults are on: until they are off it can only report.")
    return [anatomy.row(LOOK_AT.symbol, on)] if guard.defaults else []


def parts(guard: Guard, look: Look) -> str:
    """Return which parts of a protection are enforced where some are."""
    controls = look.say_as("fact", "MFA") if guard.wish.mfa else look.say_as("fact", "Terms of use")
    words = {
        Part.CONTROLS: controls,
        Part.PLATFORMS: look.say_as("fact", "Platforms"),
        Part.PLACES: look.say_as("fact", "Locations"),
    }
    return _names(words[one] for one in Part if one in guard.enforced)


def spared(whom: Spared, look: Look) -> str:
    """Return who is excluded from every policy, in figures: names of such accounts are nobody's business."""
    number = len(whom.users) + len(whom.groups)
    if not number:
        return look.say("admins; no break-glass account is named")
    return look.count(
        "admins and 1 break-glass account or group",
        "admins and {number} break-glass accounts or groups",
        number,
    )


def sums(counted: Sums, scope: Scope, look: Look) -> list[Element]:
    """Return a line for each thing that would become of guests, the worst first, and whom they leave out."""
    found: list[Element] = [
        anatomy.row(tone.symbol, words) for number, tone, words in _told(counted, look) if number
    ]
    if counted.left:
        left = look.count("1 app was not looked at.", "{number} apps were not looked at.", counted.left)
        found.append(anatomy.row(UNREAD.symbol, left))
    if counted.more:
        more = look.say("There are more guests without an app, who are not counted.")
        found.append(anatomy.row(UNREAD.symbol, more))
    if not counted.total:
        nobody = look.say("By the directory there is nobody whom it is about, so there is nothing to foresee")
        if scope.app_id:
            nobody = look.say("By the directory nobody has it, so there is nothing to foresee")
        found.append(anatomy.row(UNREAD.symbol, nobody))
    if scope.app_id:
        open_to_all = look.say(
            "Guests without an assignment are not counted, though an app may let everybody in."
        )
        found.append(anatomy.text(open_to_all, spacing="Small"))
    return found


def _told(counted: Sums, look: Look) -> Iterator[tuple[int, Tone, str]]:
    out, unsure, some = counted.out, counted.unsure, counted.some
    yield (
        out,
        FAILED,
        look.count("1 guest would be locked out", "{number} guests would be locked out", out),
    )
    yield unsure, UNREAD, look.count("1 guest may be locked out", "{number} guests may be locked out", unsure)
    stopped = look.count(
        "1 guest would be stopped from some platforms or places",
        "{number} guests would be stopped from some platforms or places",
        some,
    )
    yield some, LOOK_AT, stopped
    asked = look.count(
        "1 guest would be asked for more", "{number} guests would be asked for more", counted.asked
    )
    yield counted.asked, WAITING, asked
    same = look.count(
        "For 1 guest nothing would change", "For {number} guests nothing would change", counted.same
    )
    yield counted.same, DONE, same


def exact(drafts: Sequence[AccessPolicy], look: Look, *, shown: bool, whole: bool) -> list[Element]:
    """Return the drafts letter by letter, as they are typed in the portal; behind a button unless `shown`.

    Unless `whole`, of break-glass accounts there is the number alone: who knows them knows whom to attack.
    """
    lines = [_written(_alike(drafts[0], look, whole=whole))]
    lines += [_written([one.name, *_own(one)]) for one in drafts]
    if shown:
        return [*lines]
    button = ToggleVisibility(look.say_as("button", "Exact values"), _EXACT)
    return [ActionSet([button], spacing="Small"), Container([*lines], id=_EXACT, isVisible=False)]


def _written(lines: Iterable[str]) -> TextBlock:
    words = "\r".join(escaped(one) for one in lines)
    return TextBlock(words, fontType="Monospace", size="Small", spacing="Small")


def _alike(policy: AccessPolicy, look: Look, *, whole: bool) -> Iterator[str]:
    """Return what is the same in all drafts, by Graph's own words, which the portal's follow."""
    yield f"state: {policy.state}"
    include, exclude = policy.include, policy.exclude
    if include.external is not None:
        yield f"includeGuestsOrExternalUsers: {','.join(sorted(include.external.types))}"
    for name, ids in (
        ("includeUsers", include.users),
        ("includeGroups", include.groups),
        ("excludeUsers", exclude.users),
        ("excludeGroups", exclude.groups),
        ("excludeRoles", exclude.roles),
        ("includeApplications", policy.apps.include),
    ):
        if ids and not whole and name in {"excludeUsers", "excludeGroups"}:
            number = look.count("1, which admins are shown", "{number}, which admins are shown", len(ids))
            yield f"{name}: {number}"
        elif ids:
            yield f"{name}: {', '.join(sorted(ids))}"


def _own(policy: AccessPolicy) -> Iterator[str]:
    """Return what one draft says that the others do not."""
    for what, within in (("Platforms", policy.platforms), ("Locations", policy.locations)):
        if within is not None:
            yield f"include{what}: {', '.join(sorted(within.include))}"
            yield f"exclude{what}: {', '.join(sorted(within.exclude))}"
    demands = policy.demands
    if demands.controls:
        yield f"builtInControls: {', '.join(sorted(demands.controls))}"
    if demands.terms:
        yield f"termsOfUse: {', '.join(sorted(demands.terms))} ({demands.operator})"


def is_wide(drafts: Iterable[AccessPolicy]) -> bool:
    """Tell whether every app is meant, Microsoft's own, too."""
    return any(EVERY in one.apps.include for one in drafts)


def _names(words: Iterable[str]) -> str:
    return ", ".join(words)
