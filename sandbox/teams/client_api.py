"""What a Teams client does, over HTTP and JSON: the page and every test of the product drive Teams by it.

A person is named by the story's key (`megan`); a conversation by the id that `conversations` gives.

    GET  /teams/people                 everybody of the story, and the guests-to-be
    GET  /teams/conversations?as=      [{id, kind, name, team, unread, last, members}]
    GET  /teams/messages?as=&conversation=[&refresh=off]
         {conversation, messages: [{id, thread, from, text, markdown, card, ownView, onlyYou, at,
         updatedAt, revision}]}, each as this person sees it: their own view of a card, refreshed when due
    POST /teams/say {as, conversation, thread?, text, mention?, told?, targeted?, files?}
         → {messageId, status}; in a group, @Guestlist and @NAME of a member are mentions wherever they stand
         in the text, and nothing else reaches the bot but what is `targeted`, seen by nobody else; `mention`
         adds it in front (true) or leaves the names plain text (false); `told` false sends the tags without
         their entities. In a chat with the app Teams knows no mentions: the text is sent as it was typed;
         there alone, `files` are sent along, by the ids that `sent.py` gave them, also without a text
    POST /teams/edit {as, conversation, messageId, text}                           → {messageId, status}
    POST /teams/press {as, conversation, messageId, action, inputs?, oldClient?}   → {status, body, shown}
         `action` finds a button by {title}, {verb} or {id} on the card as this person sees it, or is itself
         an action ({type, verb, data}: what a stale or forged client sends); `oldClient` takes its fallback
    POST /teams/dialog/submit {as, dialog, action, inputs?}                        → {status, body, shown}
    GET  /teams/menus?as=&conversation=
         what the app's manifest offers there: {commands, slash, compose, message}, each [{title, description,
         id}]; an entry without id is a command of the bot, which in a group is said with `targeted`
    POST /teams/compose {as, conversation, command, messageId?, thread?, context?}  → {status, body, shown}
         an action of the message extension, chosen on a message, in a thread or for a new post, in the
         context `compose`, `commandBox` or `slash`; its form is sent by dialog/submit
    POST /teams/search {as, conversation, messageId?, dataset, query, count?, skip?, inputs?}
         the same, with shown.results; the dataset graph.microsoft.com/users (a people picker) is answered
         by the client itself, from the members of the tenant, and the bot is not asked: status null
    POST /teams/control {botUrl?, limits?: documented|off, rollKeys?: keep|drop,
         app?: {as, action: add|remove}, client?: {as, locale}}
    POST /teams/happen                 what people and teams do around the bot: `moves.py`
    GET  /teams/effects                the newest entries of the ledger that are effects, and counts of calls
    GET  /teams/events                 server-sent events: which message changed, and that the ledger grew

`shown` is what the person then sees: {kind: card | message | dialog | results | nothing | error, ...}; a
dialog is {kind: dialog, dialog: {id, title, card}}. `status` is the bot's HTTP status, 0 when it
did not answer.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.teams import activities, menus, moves, screens, sent
from sandbox.teams.call import Call, of_story
from sandbox.teams.channel import Answer, Channel
from sandbox.teams.composer import Composer
from sandbox.teams.documented import FACTS, Windows
from sandbox.teams.invokes import find_action

if TYPE_CHECKING:
    from sandbox.app import World

Handler = Callable[[Call], Awaitable[Any]]
LEDGER_EVERY = 0.4


def routes(world: "World") -> list[web.RouteDef]:
    channel: Channel = world.channel

    def handled(handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            if request.transport is not None:
                channel.reached_at(*request.transport.get_extra_info("sockname")[:2])
            asked = dict(request.query)
            if request.method == "POST":
                try:
                    asked |= await request.json()
                except (ValueError, TypeError) as error:
                    raise web.HTTPBadRequest(text="the body is no JSON object") from error
            return web.json_response(await handler(Call(channel, asked)))

        return handle

    async def events(request: web.Request) -> web.StreamResponse:
        return await _events(channel, request)

    return [
        web.get("/teams/people", handled(_people)),
        web.get("/teams/conversations", handled(_conversations)),
        web.get("/teams/messages", handled(_messages)),
        web.post("/teams/say", handled(_say)),
        web.post("/teams/edit", handled(_edit)),
        web.post("/teams/press", handled(_press)),
        web.post("/teams/dialog/submit", handled(_submit)),
        web.get("/teams/menus", handled(_menus)),
        web.post("/teams/compose", handled(_compose)),
        web.post("/teams/search", handled(_search)),
        web.post("/teams/control", handled(_control)),
        web.post("/teams/happen", handled(_happen)),
        web.get("/teams/effects", handled(_effects)),
        web.get("/teams/events", events),
    ]


async def _people(call: Call) -> Any:
    return screens.people(call.channel)


async def _effects(call: Call) -> Any:
    return screens.effects(call.channel)


async def _conversations(call: Call) -> Any:
    return screens.conversations(call.channel, call.person)


async def _messages(call: Call) -> Any:
    if call.asked.get("refresh") != "off":
        await call.client.look()
    return screens.messages(call.channel, call.there, call.person)


async def _menus(call: Call) -> Any:
    channel, person = call.channel, call.person
    if not channel.reachable(person["id"]):
        return menus.NONE
    return menus.menus(channel.settings.manifest, call.there, person["preferredLanguage"])


async def _compose(call: Call) -> Any:
    on = call.message if call.asked.get("messageId") else None
    context = "message" if on else call.asked.get("context") or "compose"
    if context == "slash":
        context = call.channel.switches["slashCommandContext"]
    command, root = str(call.need("command")), call.asked.get("thread")
    composer = Composer(call.channel, call.person, call.there)
    return _answered(*await composer.open(command, context, on=on, root=root))


async def _say(call: Call) -> Any:
    channel, person, there = call.channel, call.person, call.there
    name, text = f"@{channel.story.bot['name']}", str(call.need("text")).strip()
    mention = bool(call.asked.get("mention", name in text)) and there.is_group
    targeted = bool(call.asked.get("targeted"))
    if targeted and not (there.has_bot and there.is_group):
        raise web.HTTPBadRequest(text="a targeted message is for a bot in a group conversation")
    if mention and name not in text:
        text = f"{name} {text}"
    root = call.asked.get("thread")
    if root and root not in there.messages:
        raise web.HTTPNotFound(text="there is no such thread")
    only_for = person["id"] if targeted else None
    files = sent.attachments(channel, person, there, call.asked.get("files") or [])
    said = {"text": text, "attachments": files}
    message = channel.post(there, person["id"], said, root=root, only_for=only_for)
    there.read[person["id"]] = message.id
    if not there.has_bot or (there.is_group and not mention and not targeted):
        return {"messageId": message.id, "status": None}
    told = bool(call.asked.get("told", True))
    about: dict[str, Any] = {"message_id": message.id, "root": message.root, "text": text, "files": files}
    answer = await channel.deliver(
        activities.message(channel, person, there, **about, targeted=targeted, told=told)
    )
    return {"messageId": message.id, "status": answer.status}


async def _edit(call: Call) -> Any:
    channel, person, there, message = call.channel, call.person, call.there, call.message
    if message.sender != person["id"]:
        raise web.HTTPForbidden(text="this person did not write the message")
    channel.update(there, message, {"text": str(call.need("text")).strip()})
    if not there.has_bot:
        return {"messageId": message.id, "status": None}
    answer = await channel.deliver(activities.edited(channel, person, there, message))
    return {"messageId": message.id, "status": answer.status}


async def _press(call: Call) -> Any:
    message, wanted = call.message, call.need("action")
    action = wanted if "type" in wanted else find_action(message.card_for(call.person["id"]), wanted)
    if action is None:
        raise web.HTTPNotFound(text="this person's card has no such button")
    if call.asked.get("oldClient"):
        action = action.get("fallback") or action
    if action.get("type") not in {"Action.Execute", "Action.Submit"}:
        raise web.HTTPBadRequest(text="this button acts in the client alone")
    return _answered(*await call.client.press(message, action, call.asked.get("inputs") or {}))


async def _submit(call: Call) -> Any:
    dialog = call.channel.dialogs.get(str(call.need("dialog")))
    if dialog is None or dialog.person_id != call.person["id"]:
        raise web.HTTPNotFound(text="this person has no such dialog open")
    wanted = call.need("action")
    action = wanted if "type" in wanted else find_action(dialog.card, wanted)
    if action is None:
        raise web.HTTPNotFound(text="the dialog has no such button")
    call.asked["conversation"] = dialog.conversation
    client = Composer(call.channel, call.person, call.there) if dialog.command else call.client
    return _answered(*await client.submit(dialog, action, call.asked.get("inputs") or {}))


async def _search(call: Call) -> Any:
    rows = min(int(call.asked.get("count") or FACTS["typeahead"]["rows"]), FACTS["typeahead"]["rows"])
    if str(call.need("dataset")).partition("?")[0] == FACTS["typeahead"]["people"]:
        found = screens.found_people(call.channel, str(call.need("query")))
        return {"status": None, "body": None, "shown": {"kind": "results", "results": found[:rows]}}
    value: dict[str, Any] = {
        "queryText": str(call.need("query")),
        "queryOptions": {"skip": int(call.asked.get("skip") or 0), "top": rows},
        "dataset": call.need("dataset"),
    }
    if call.asked.get("inputs"):
        value["data"] = call.asked["inputs"]
    source = call.there.messages.get(str(call.asked.get("messageId")))
    return _answered(*await call.client.search(source, value))


def _answered(answer: Answer, shown: dict[str, Any]) -> dict[str, Any]:
    return {"status": answer.status, "body": answer.body, "shown": shown}


async def _control(call: Call) -> Any:
    channel, asked = call.channel, call.asked
    channel.bot_url = asked.get("botUrl", channel.bot_url)
    if "limits" in asked:
        channel.windows = Windows() if asked["limits"] == "documented" else None
    if "rollKeys" in asked:
        channel.signer.roll(keep_old=asked["rollKeys"] == "keep")
    if "client" in asked:
        person = of_story(channel, asked["client"])
        person["preferredLanguage"] = str(asked["client"].get("locale"))
    if "app" in asked:
        person = of_story(channel, asked["app"])
        act = channel.install if asked["app"].get("action") == "add" else channel.uninstall
        act(person["id"])
    return {"botUrl": channel.bot_url, "limits": "documented" if channel.windows else "off"}


async def _happen(call: Call) -> Any:
    return await moves.happen(call.channel, call.asked)


async def _events(channel: Channel, request: web.Request) -> web.StreamResponse:
    """Tell a screen what has changed, until it goes away or the sandbox stops."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    # Before the screen hears that it is listened to: what comes next is not missed.
    channel.listeners.add(queue)
    seen = len(channel.ledger.entries)
    try:
        await response.prepare(request)
        await response.write(b"retry: 500\n\n")
        while True:
            try:
                event = await asyncio.wait_for(queue.get(), LEDGER_EVERY)
            except TimeoutError:
                if seen == len(channel.ledger.entries):
                    continue
                seen, event = len(channel.ledger.entries), {"what": "ledger"}
            if event["what"] == "bye":
                return response
            await response.write(f"data: {json.dumps(event)}\n\n".encode())
    except ConnectionResetError:
        return response
    finally:
        channel.listeners.discard(queue)
