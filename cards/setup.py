"""`/setup`: how an app stands for guests, what would be done, by whom, and the buttons that ask for it."""

from collections.abc import Mapping, Sequence

from access.rules.clues import Unread
from access.rules.model import AppRole, ObjectId, Request, Setup, StepKind
from access.rules.setup_plans import (
    RIGHTS,
    AppAsSet,
    AppShown,
    AppsShown,
    AssignedGroup,
    Right,
    WhyNoSetup,
    adopting,
    making,
    steps_for,
)
from cards import anatomy, portal, setup_stands, setup_state
from cards.anatomy import DONE, FAILED, LOOK_AT, UNREAD, WAITING, Strip, command, small_print
from cards.elements import Action, ButtonStyle, CardJson, Element, Execute, InputChoice
from cards.look import Look
from cards.texts import marked
from cards.words import both, cleaned, spoken, when

APP, GROUP, ROLE = "app", "group", "role"
"""The fields: which app, which of several groups is adopted, and what a new one is assigned."""
_IN_FULL = 2
"""Of how many groups each shows what adopting it would change; of more, the first: a card holds 28 KB."""
_MOST_OFFERED = 10
"""How many can be chosen; every other can be typed."""
_WHY: Mapping[WhyNoSetup, str] = {
    WhyNoSetup.NO_OWNER: marked("{app} has no owner who could own the group. Name one in the portal first."),
    WhyNoSetup.NO_ADMIN: marked(
        "The policy names no admin who could decide: nobody may decide for themselves."
    ),
    WhyNoSetup.NO_SUCH_GROUP: marked("No group of this name is assigned to {app}."),
    WhyNoSetup.GROUP_UNFIT: marked("This group cannot hold guests by hand. {why}."),
    WhyNoSetup.NO_SUCH_ROLE: marked("{app} has no such role. There are: {roles}."),
    WhyNoSetup.ROLE_NEEDED: marked("Say what the group is assigned. There are: {roles}."),
    WhyNoSetup.MAY_NOT_MAKE: marked("Guestlist may not make groups: it lacks Group.Create."),
    WhyNoSetup.NO_LICENCE: marked(
        "The tenant lacks Entra ID P1, without which no group is assigned to an app."
    ),
    WhyNoSetup.SWITCHED_OFF: marked("Sign-in to {app} is switched off."),
    WhyNoSetup.DONE: marked("{app} is set up with this group already."),
}


def preview(shown: AppShown, look: Look) -> CardJson:
    """Draw how the app stands, what would be done and by whom, and a button for each way to ask."""
    facts = shown.facts
    eyebrow = look.say("Setup · as of {when}", when=when(shown.read_at, look, shown.read_at))
    strip = _strip(shown, look)
    body: list[Element] = [*anatomy.header(eyebrow, look.say("Set up {app} for guests", app=facts.app.name))]
    body += [anatomy.strip(strip), *setup_stands.rows(shown, look)]
    left = _left(shown)
    in_full = left if len(left) <= _IN_FULL else left[:1]
    for one in in_full:
        body += _adopting(one, shown, look)
    if more := len(left) - len(in_full):
        said = look.count(
            "1 more group can be adopted in this way.",
            "{number} more groups can be adopted in this way.",
            more,
        )
        body.append(anatomy.text(said))
    if not facts.fit:
        body += _making(shown, look)
    body += [anatomy.label(look.say("Two switches that no API sets")), *portal.switches(facts.app, look)]
    if not _can_ask(facts):
        return anatomy.card(look, anatomy.aloud(strip, look), body)
    body += _choices(shown, look)
    body.append(_typed(shown, look))
    return anatomy.card(look, anatomy.aloud(strip, look), body, _buttons(shown, look))


def choose(shown: AppsShown, look: Look) -> CardJson:
    """Draw the form in which the app is chosen, where none or several may be meant."""
    title = look.say("Set up which app for guests?")
    body: list[Element] = anatomy.header(look.say("Setup"), title)
    choices = [(cleaned(one.name), one.object_id) for one in shown.apps]
    missing, first = look.say("Choose an app."), choices[0][1]
    body.append(
        InputChoice(APP, look.say("App"), choices, value=first, isRequired=True, errorMessage=missing)
    )
    if shown.more:
        more = look.count("1 other app could be meant.", "{number} other apps could be meant.", shown.more)
        body.append(anatomy.text(more))
    typed = command("/setup APP", look)
    body.append(small_print(look.say("Or type {command}.", command=typed)))
    show = Execute(look.say_as("button", "Show app"), "setup.view", {}, style="positive")
    names = both([one.name for one in shown.apps], look)
    return anatomy.card(look, spoken(look.say("{state} {more}", state=title, more=f"{names}.")), body, [show])


def no_app(look: Look) -> str:
    """Return the answer where there is no such app, or none that whoever asks may set up."""
    return look.say(
        "There is no app with this name that you may set up. Type {command} for those that are yours.",
        command=look.typed("/setup"),
    )


def no_apps(look: Look) -> str:
    return look.say("No app is yours, so there is none to set up: an app's owners do that.")


def usage(look: Look) -> str:
    return look.say(
        "Write the app in quotes and then what you want: {adopt} or {make}.",
        adopt=look.typed('/setup "Health Records" adopt "Health Records guests"'),
        make=look.typed('/setup "Health Records" create as Reader'),
    )


def _strip(shown: AppShown, look: Look) -> Strip:
    facts, app = shown.facts, shown.facts.app.name
    if shown.refused is not None:
        roles = both([setup_state.short(one.name) for one in facts.roles], look)
        why = look.say(setup_stands.UNFIT[shown.unfit], group=look.say("Cause")) if shown.unfit else ""
        said = look.say(_WHY[shown.refused], app=app, roles=roles, why=why)
        tone = DONE if shown.refused is WhyNoSetup.DONE else FAILED
        return Strip(tone, look.say("Nothing was sent"), (said,))
    if not facts.app.enabled:
        said = look.say(_WHY[WhyNoSetup.SWITCHED_OFF], app=app)
        return Strip(FAILED, look.say("It cannot be set up yet"), (said,))
    if any(_is_done(one, shown) for one in facts.fit):
        said = look.say("The group stands, and the policy gives it. There is nothing to do.")
        return Strip(DONE, look.say("Set up, and in force"), (said,))
    if facts.licensed is False:
        return Strip(FAILED, look.say("It cannot be set up yet"), (look.say(_WHY[WhyNoSetup.NO_LICENCE]),))
    if not facts.owners:
        said = look.say(_WHY[WhyNoSetup.NO_OWNER], app=app)
        return Strip(FAILED, look.say("It cannot be set up yet"), (said,))
    said = look.say("Nothing is changed yet. An admin of the policy decides on what you ask for.")
    return Strip(WAITING, look.say("What would be done"), (said,))


def _adopting(one: AssignedGroup, shown: AppShown, look: Look) -> list[Element]:
    title = look.say("With the group {group}, which is there", group=one.group.name)
    return [anatomy.label(title), *_steps(adopting(one, shown.facts), shown, look)]


def _making(shown: AppShown, look: Look) -> list[Element]:
    title = look.say("With a new group, {group}", group=shown.name)
    return [anatomy.label(title), *_steps(making(shown.name, shown.facts.roles[0], shown.facts), shown, look)]


def _steps(setup: Setup, shown: AppShown, look: Look) -> list[Element]:
    """Return what Guestlist does, and what a person does, with the page for it."""
    facts, rows = shown.facts, list[Element]()
    for kind in steps_for(setup, facts):
        if kind is StepKind.PROVE_SETUP:
            continue
        right = RIGHTS[kind]
        words = setup_state.step(kind, facts.app.name, setup, look)
        if isinstance(facts.rights, Unread):
            rows.append(anatomy.row(UNREAD.symbol, words, look.say("if it may: {right}", right=right)))
        elif right in facts.rights:
            rows.append(anatomy.row(DONE.symbol, words, look.say("Guestlist")))
        else:
            note = look.say("a person, without {right}", right=right)
            rows.append(anatomy.row(LOOK_AT.symbol, words, note))
            rows.append(portal.link(look.say("Open the page for it"), _page(kind, setup, facts)))
    entry = look.say("Write the entry into the policy file")
    return [*rows, anatomy.row(LOOK_AT.symbol, entry, look.say("an admin"))]


def _page(kind: StepKind, setup: Setup, facts: AppAsSet) -> str:
    if kind is StepKind.MAKE_GROUP:
        return portal.new_group()
    return portal.by_hand(kind, facts.app.object_id, setup.group_id)


def _is_done(one: AssignedGroup, shown: AppShown) -> bool:
    left = steps_for(adopting(one, shown.facts), shown.facts)
    return len(left) == 1 and one.group.object_id in shown.gives


def _may_make(facts: AppAsSet) -> bool:
    return isinstance(facts.rights, Unread) or Right.MAKE in facts.rights


def _can_ask(facts: AppAsSet) -> bool:
    return facts.app.enabled and bool(facts.owners) and facts.licensed is not False


def _typed(shown: AppShown, look: Look) -> Element:
    app = shown.facts.app.name
    lines = [command(f'/setup "{app}" adopt "{one.group.name}"', look) for one in _left(shown)[:1]]
    if _may_make(shown.facts):
        roles = shown.facts.roles
        lines.append(
            command(f'/setup "{app}" create' + (f" as {roles[0].name}" if len(roles) > 1 else ""), look)
        )
    if not lines:
        return small_print(
            look.say(
                "Once the group is made and assigned, type {command}.",
                command=command(f'/setup "{app}"', look),
            )
        )
    if len(lines) == 1:
        return small_print(look.say("Or type {command}.", command=lines[0]))
    return small_print(look.say("Or type {adopt}, or {make}.", adopt=lines[0], make=lines[1]))


def _buttons(shown: AppShown, look: Look) -> list[Action]:
    facts, app_id = shown.facts, shown.facts.app.object_id
    actions: list[Action] = []
    if left := _left(shown):
        one = {"group": left[0].group.object_id} if len(left) == 1 else {}
        title = look.say_as("button", "Adopt this group")
        actions.append(Execute(title, "setup.send", {"app": app_id, **one}, style="positive"))
    if _may_make(facts):
        title = look.say_as("button", "Ask for new group")
        style: ButtonStyle | None = None if actions else "positive"
        actions.append(Execute(title, "setup.send", {"app": app_id, "makes": True}, style=style))
    again = look.say_as("button", "Check again")
    return [*actions, Execute(again, "setup.view", {"app": app_id})]


def _left(shown: AppShown) -> list[AssignedGroup]:
    """Return the groups that could be adopted, what needs the least first."""
    return [one for one in shown.foremost if one.unfit is None and not _is_done(one, shown)]


def _choices(shown: AppShown, look: Look) -> list[Element]:
    """Return what is chosen, where there are several: the group to adopt, what a new one is assigned."""
    asked: list[Element] = []
    if len(groups := _left(shown)) > 1:
        named = [(one.group.name, one.group.object_id) for one in groups]
        asked += _choice(GROUP, look.say("Which group to adopt"), look.say("Choose a group."), named, look)
    if len(shown.facts.roles) > 1:
        named = [(_role(one, look), one.role_id) for one in shown.facts.roles]
        missing = look.say("Choose what the group is assigned.")
        asked += _choice(ROLE, look.say("What a new group is assigned"), missing, named, look)
    return asked


def _choice(
    field: str, label: str, missing: str, named: Sequence[tuple[str, ObjectId]], look: Look
) -> list[Element]:
    """Return a field for the first of what there is, and how many there are besides."""
    offered = [(setup_state.short(name), value) for name, value in named[:_MOST_OFFERED]]
    first = offered[0][1]
    asked: list[Element] = [
        InputChoice(field, label, offered, value=first, isRequired=True, errorMessage=missing)
    ]
    if more := len(named) - len(offered):
        said = look.count("And 1 more can be typed.", "And {number} more can be typed.", more)
        asked.append(anatomy.text(said, spacing="Small"))
    return asked


def _role(role: AppRole, look: Look) -> str:
    return setup_state.role_name(role, look)


def sent(request: Request, look: Look) -> str:
    """Return what whoever pressed is told, beside the request's own card."""
    return look.say("{label} is sent to the admins. Its card says how it stands.", label=request.label)
