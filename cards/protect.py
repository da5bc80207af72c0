"""`/protect`: which apps let guests in without a second factor, and where platform and place count."""

from collections.abc import Mapping

from access.rules.clues import Unread
from access.rules.faced import AppFaced, FacedPage, Tally
from cards import anatomy
from cards.anatomy import DONE, FAILED, LOOK_AT, NOTHING, UNREAD, Strip, Tone, command, small_print
from cards.elements import CardJson, Column, ColumnSet, Container, Element, Execute, TextBlock
from cards.look import Look
from cards.pictures import Image
from cards.texts import marked
from cards.words import cleaned, escaped, spoken, when

APP = "app"
Pictures = tuple[str, str, str]
"""Where the bars of second factor, platform and location are fetched."""
_SIZE = {"width": "240px", "height": "10px"}
_WHAT = (marked("Second factor"), marked("Platform"), marked("Location"))
_NOT_READ: Mapping[Unread, str] = {
    Unread.PERMISSION: marked(
        "What guests face cannot be read. An admin gives Guestlist Policy.Read.All for it."
    ),
    Unread.LICENCE: marked(
        "What guests face cannot be read: the tenant has no licence for Conditional Access (Entra ID P1)."
    ),
}
_AWAY = marked("What guests face cannot be read now. Try again in a minute.")


def draw(shown: FacedPage, pictures: Pictures | None, look: Look) -> CardJson:
    """Draw what guests face app by app, gaps first; without `pictures` in figures alone."""
    eyebrow = look.say(
        "Protection · page {page} of {pages} · as of {when}",
        page=shown.page,
        pages=shown.pages,
        when=when(shown.read_at, look, shown.read_at),
    )
    strip = _strip(shown, look)
    body: list[Element] = [*anatomy.header(eyebrow, _title(shown, look)), anatomy.strip(strip)]
    if shown.total:
        body += _sums(shown, pictures, look)
    if shown.app is None:
        body += [_row(one, look) for one in shown.rows]
    else:
        body += [anatomy.text(line) for one in shown.rows for line in _watched(one, look)]
    body += [anatomy.text(line, spacing="Small") for line in _notes(shown, look)]
    body.append(small_print(_typed(shown, look)))
    about = {APP: shown.app.object_id} if shown.app else {APP: ""}
    turns = anatomy.turning("protect.page", shown.page, shown.pages, look, **about)
    return anatomy.card(look, _aloud(shown, strip, look), body, turns)


def no_app(look: Look) -> str:
    """Return the answer where there is no such app, or none of which whoever asks is told."""
    return look.say(
        "There is no app with this name of which you are told. Type {command} for those that are yours.",
        command=look.typed("/protect"),
    )


def no_apps(look: Look) -> str:
    return look.say(
        "No app is yours, so there is nothing to tell: owners see what guests face at their apps, "
        "security admins at all."
    )


def not_read(why: Unread, look: Look) -> str:
    return look.say(_NOT_READ.get(why, _AWAY))


def usage(look: Look) -> str:
    return look.say(
        "Type {every}, or {one} for one app.",
        every=look.typed("/protect"),
        one=look.typed('/protect "Health Records"'),
    )


def _title(shown: FacedPage, look: Look) -> str:
    if shown.app is not None:
        return look.say("What guests of {app} face at sign-in", app=shown.app.name)
    return look.say("What guests face at sign-in")


def _strip(shown: FacedPage, look: Look) -> Strip:
    """Say first how many guests come in with a password alone, then of how many that is not known."""
    factor = shown.sums[0]
    if not shown.total:
        said = look.say("By the directory no guest holds it, by a role or by a group.")
        if shown.app is None:
            said = look.say("By the directory no guest holds an app of yours.")
        return Strip(NOTHING, look.say("No guests"), (said,))
    rest = look.say("Counted is what is enforced; what only reports stands apart.")
    if factor.none:
        said = look.count(
            "1 guest needs no second factor", "{number} guests need no second factor", factor.none
        )
        return Strip(FAILED, said, (rest,))
    if factor.unsure:
        state = look.count("Not sure for 1 guest", "Not sure for {number} guests", factor.unsure)
        said = look.say("Whether a second factor is needed depends on what nobody can foresee.")
        return Strip(UNREAD, state, (said, rest))
    if factor.partly:
        said = look.count(
            "1 guest is asked from some places or platforms alone.",
            "{number} guests are asked from some places or platforms alone.",
            factor.partly,
        )
        return Strip(LOOK_AT, look.say("A second factor, not everywhere"), (said, rest))
    return Strip(DONE, look.say("Every guest needs a second factor"), (rest,))


def _sums(shown: FacedPage, pictures: Pictures | None, look: Look) -> list[Element]:
    """Return a line for each of the three, and below it a bar where Teams can fetch one."""
    urls = pictures or ("", "", "")
    found: list[Element] = []
    for what, tally, url in zip(_WHAT, shown.sums, urls, strict=True):
        name = look.say(what)
        columns = [
            Column("120px", [TextBlock(escaped(name), weight="Bolder")]),
            Column("stretch", [TextBlock(escaped(_in_full(tally, look)))]),
        ]
        found.append(ColumnSet(columns, spacing="Small"))
        if url:
            found.append(Image(url, cleaned(f"{name}: {_in_full(tally, look)}"), **_SIZE))
    return found


def _row(one: AppFaced, look: Look) -> Container:
    count = look.count("1 guest", "{number} guests", one.guests)
    head = ColumnSet(
        [
            Column(
                "stretch", [TextBlock(f"{_tone(one.factor).symbol} {escaped(one.app.name)}", weight="Bolder")]
            ),
            Column("auto", [TextBlock(count, horizontalAlignment="Right")]),
        ]
    )
    lines = [_line(one.faced, look), *_watched(one, look)]
    below = [TextBlock(escaped(line), size="Small", isSubtle=True, spacing="None") for line in lines]
    whole = cleaned(" · ".join((one.app.name, count, *lines)))
    open_ = Execute(whole, "protect.page", {APP: one.app.object_id, "page": 1})
    return Container([head, *below], separator=True, spacing="Small", selectAction=open_)


def _tone(factor: Tally) -> Tone:
    if factor.none:
        return FAILED
    if factor.unsure:
        return UNREAD
    return LOOK_AT if factor.partly else DONE


def _line(three: tuple[Tally, Tally, Tally], look: Look) -> str:
    return " · ".join(
        f"{look.say(what)}: {_how(tally, look)}" for what, tally in zip(_WHAT, three, strict=True)
    )


def _watched(one: AppFaced, look: Look) -> list[str]:
    """Return what would be faced if the policies that only report were enforced, where that is other."""
    other = [
        f"{look.say(what)}: {_how(then, look)}"
        for what, now, then in zip(_WHAT, one.faced, one.watched, strict=True)
        if now != then
    ]
    return [look.say("With what only reports so far: {what}", what=" · ".join(other))] if other else []


def _how(tally: Tally, look: Look) -> str:
    """Return how many, in few words."""
    if tally.wholly == tally.total:
        return look.say("all")
    if tally.none == tally.total:
        return look.say("nobody")
    said = [look.say("{number} of {total}", number=tally.wholly, total=tally.total)]
    said += [look.say("{number} partly", number=tally.partly)] if tally.partly else []
    said += [look.say("{number} not sure", number=tally.unsure)] if tally.unsure else []
    return ", ".join(said)


def _in_full(tally: Tally, look: Look) -> str:
    """Return the four figures, as they are read aloud."""
    parts = (
        (tally.wholly, look.say("{number} always", number=tally.wholly)),
        (tally.partly, look.say("{number} in some sign-ins", number=tally.partly)),
        (tally.unsure, look.say("{number} not sure", number=tally.unsure)),
        (tally.none, look.say("{number} never", number=tally.none)),
    )
    return ", ".join(words for number, words in parts if number)


def _notes(shown: FacedPage, look: Look) -> list[str]:
    """Return what was left out, and what the figures do not say."""
    said = []
    if shown.defaults:
        said.append(look.say("Security defaults are on, which ask everybody for a second factor."))
    if shown.unread:
        said.append(
            look.count(
                "What 1 guest is in was not read, which counts as not sure.",
                "What {number} guests are in was not read, which counts as not sure.",
                shown.unread,
            )
        )
    if shown.left:
        said.append(look.count("1 app was not looked at.", "{number} apps were not looked at.", shown.left))
    if shown.app is None and shown.total > 1:
        said.append(look.say("A guest of two apps counts twice."))
    return said


def _typed(shown: FacedPage, look: Look) -> str:
    if shown.app is not None:
        return look.say("Type {command} for every app.", command=command("/protect", look))
    typed = {"one": command("/protect APP", look), "more": command(f"/protect page {shown.page + 1}", look)}
    if shown.page < shown.pages:
        return look.say("Press an app for it alone, or type {one}, {more} for the next page.", **typed)
    return look.say("Press an app for it alone, or type {one}.", **typed)


def _aloud(shown: FacedPage, strip: Strip, look: Look) -> str:
    rows = "; ".join(f"{one.app.name}: {_line(one.faced, look)}" for one in shown.rows[:3])
    return spoken(look.say("{state}. {more}", state=f"{_title(shown, look)}: {strip.state}", more=rows))
