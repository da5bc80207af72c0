"""The apps whose guests somebody may see, to choose one from; and what is said where there is none."""

from access.rules.guest_list import ALL_APPS, AppPage, Wanted
from access.rules.model import App
from cards import anatomy
from cards.anatomy import command, small_print
from cards.elements import CardJson, Column, ColumnSet, Container, Element, Execute, TextBlock
from cards.guest_list import asked
from cards.look import Look
from cards.words import cleaned, escaped, spoken, when


def apps(shown: AppPage, look: Look) -> CardJson:
    """Draw the apps whose guests somebody may see; a row lists its guests."""
    at = when(shown.read_at, look, shown.read_at)
    eyebrow = look.say(
        "Guests · page {page} of {pages} · as of {when}", page=shown.page, pages=shown.pages, when=at
    )
    title = look.say("Guests of which app?")
    body: list[Element] = anatomy.header(eyebrow, title)
    body.append(anatomy.text(look.count("1 app.", "{number} apps.", shown.total), spacing="Small"))
    body += [_app_row(app, count, shown.wanted, look) for app, count in shown.apps]
    typed = {"one": command("/guests APP", look), "more": command(f"/guests page {shown.page + 1}", look)}
    said = look.say("Press an app for its guests, or type {one}.", **typed)
    if shown.page < shown.pages:
        said = look.say("Press an app for its guests, or type {one}, {more} for the next page.", **typed)
    body.append(small_print(said))
    all_of_them = asked(shown.wanted, ALL_APPS)
    if shown.together:
        line = command(f"/guests {ALL_APPS}", look)
        body.append(small_print(look.say("For the guests of all your apps, type {command}.", command=line)))
    told = "; ".join(f"{app.name}, {_count(count, look)}" for app, count in shown.apps)
    aloud = spoken(look.say("{state} {more}", state=title, more=f"{told}."))
    data = asked(shown.wanted, shown.wanted.app)
    turns = anatomy.turning("guests.page", shown.page, shown.pages, look, **data)
    verb = "guests.file" if shown.wanted.as_file else "guests.page"
    every = Execute(look.say_as("button", "All apps together"), verb, {**all_of_them, "page": 1})
    return anatomy.card(look, aloud, body, [*([every] if shown.together else []), *turns])


def no_app(look: Look) -> str:
    """Return the answer where there is no such app, or none whose guests whoever asks may see."""
    return look.say(
        "There is no app with this name whose guests you may see. Type {command} for those that are yours.",
        command=look.typed("/guests"),
    )


def no_apps(look: Look) -> str:
    return look.say("No app is yours, so there are no guests to list: an app's owners see its guests.")


def _app_row(app: App, count: int, wanted: Wanted, look: Look) -> Container:
    told = _count(count, look)
    name = TextBlock(escaped(app.name), weight="Bolder")
    columns = [Column("stretch", [name]), Column("auto", [TextBlock(told, horizontalAlignment="Right")])]
    verb = "guests.file" if wanted.as_file else "guests.page"
    open_ = Execute(cleaned(f"{app.name} · {told}"), verb, {**asked(wanted, app.object_id), "page": 1})
    return Container([ColumnSet(columns)], separator=True, spacing="Small", selectAction=open_)


def _count(count: int, look: Look) -> str:
    return look.count("1 guest", "{number} guests", count)
