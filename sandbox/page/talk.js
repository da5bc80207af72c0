// The middle pane: a conversation as one person sees it, its threads, and the boxes to write in.

import { avatar, clock, get, make, post, toast } from "/page/api.js";
import { aroundHere, aroundMessage, happen } from "/page/around.js";
import { asMarkdown, drawCard } from "/page/cards.js";
import { act, compose, forgetBoxes, menusOf } from "/page/compose.js";
import { openDialog } from "/page/dialogs.js";
import { drawFile, sentFiles } from "/page/files.js";
import { menuButton } from "/page/menus.js";

const NOTHING = { key: null, frame: null, menus: null };
let drawn = { ...NOTHING, messages: new Map() };

export function forgetTalk() {
  drawn = { ...NOTHING, messages: new Map() };
  forgetBoxes();
}

// Draw the pane. Where only what its head says has changed, what somebody is typing or pressing below stays.
export async function drawTalk(pane, me, there, cast) {
  const { id, name, hasBot, installed, unread, last, ...about } = there ?? {};
  const key = JSON.stringify([me.key, id, name, hasBot, installed]);
  const frame = JSON.stringify(about);
  const anew = drawn.key !== key || !drawn.frame;
  if (anew) {
    forgetTalk();
    drawn.key = key;
  }
  if (drawn.frame !== frame) {
    const menus = anew ? there && await menusOf(me, there) : drawn.menus;
    await closed(pane);
    if (drawn.key !== key) return;
    Object.assign(drawn, { frame, menus });
    const focused = document.activeElement?.matches(".talk-head button");
    if (anew) drawFrame(pane, me, there, cast);
    else pane.querySelector(".talk-head").replaceWith(head(me, there, cast));
    if (focused) pane.querySelector(".talk-head button")?.focus();
  }
  if (!there) return;
  const { messages } = await get("/teams/messages", { as: me.key, conversation: there.id });
  await closed(pane);
  if (drawn.key === key) drawMessages(pane.querySelector(".messages"), me, there, messages, cast);
}

// Wait until no menu of the pane is open: what somebody is choosing from is not drawn anew under their hand.
async function closed(pane) {
  for (let open; (open = pane.querySelector(":popover-open"));) {
    await new Promise((done) => { open.addEventListener("toggle", done, { once: true }); });
  }
}

function drawFrame(pane, me, there, cast) {
  if (!there) {
    const add = () => post("/teams/control", { app: { as: me.key, action: "add" } });
    pane.replaceChildren(make("div", { class: "empty" },
      make("p", {}, `${me.name} has never had the app, so ${cast.bot.name} cannot write here.`),
      make("button", { class: "primary", onclick: add }, `Add ${cast.bot.name}, as ${me.name} could in Teams`)));
    return;
  }
  pane.replaceChildren(
    head(me, there, cast),
    make("div", { class: "messages", role: "log", "aria-label": "Messages", "data-conversation": there.id }),
    make("p", { class: "typing muted", hidden: true }, `${cast.bot.name} is at work …`),
    compose(me, there, cast, null, drawn.menus),
  );
}

function head(me, there, cast) {
  const about = { channel: `${there.team} · ${there.members} members`, groupChat: `${there.members} people`,
    oneOnOne: "Chat of two people", personal: "Chat with the app" }[there.kind];
  const app = cast.bot.name;
  const without = there.blocked ? `you have blocked ${app}` : !there.hasBot ? `${app} is not here`
    : there.kind === "personal" && !there.installed && `you have not added ${app}`;
  return make("header", { class: "talk-head" }, make("h2", {}, there.kind === "channel" ? `# ${there.name}` : there.name),
    make("span", { class: "muted" }, without ? `${about} · ${without}` : about),
    ...menuButton({
      label: "More options", sign: "⋯", items: aroundHere(me, there, cast),
      onchoose: (item) => happen(me, there, item, cast),
    }));
}

// Draw only what changed, so that nothing that somebody is typing into a card is lost.
function drawMessages(list, me, there, messages, cast) {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80 || !drawn.messages.size;
  const kept = new Set(messages.map((message) => message.id));
  for (const [id, old] of drawn.messages) {
    if (kept.has(id)) continue;
    if (old.element.contains(document.activeElement)) list.closest("main").focus();
    old.element.remove();
    drawn.messages.delete(id);
  }
  for (const message of messages) {
    const state = JSON.stringify(message);
    const old = drawn.messages.get(message.id);
    if (old?.state === state) continue;
    const element = drawMessage(me, there, message, cast);
    if (old) old.element.replaceWith(element);
    else home(list, me, there, message, cast).append(element);
    drawn.messages.set(message.id, { state, element });
  }
  for (const thread of list.querySelectorAll(".thread:not(:has([data-message]))")) thread.remove();
  list.querySelector(".empty")?.remove();
  if (!messages.length) list.append(make("p", { class: "muted empty" }, "Nothing has been said here yet."));
  else if (atEnd) list.scrollTop = list.scrollHeight;
}

// Return where a message stands: in a channel every thread is a block with a box to reply.
function home(list, me, there, message, cast) {
  if (there.kind !== "channel") return list;
  const found = list.querySelector(`[data-thread="${CSS.escape(message.thread)}"] .posts`);
  if (found) return found;
  const posts = make("div", { class: "posts" });
  list.append(make("section", { class: "thread", "data-thread": message.thread, "aria-label": "Thread" },
    posts, ...(message.onlyYou ? [] : [compose(me, there, cast, message.thread, drawn.menus)])));
  return posts;
}

function drawMessage(me, there, message, cast) {
  const mine = message.from.key === me.key;
  const marks = [message.updatedAt && `edited ${clock(message.updatedAt)}`, message.onlyYou && "Only you can see this",
    message.ownView && "your view"].filter(Boolean);
  return make("article", {
    class: `message${mine ? " mine" : ""}${message.card || message.file ? " with-card" : ""}${message.onlyYou ? " only-you" : ""}`,
    "data-message": message.id, "data-revision": message.revision, "aria-label": `${message.from.name}, ${clock(message.at)}`,
  }, avatar(message.from.name, message.from.bot ? "bot" : "member"),
  make("div", { class: "said" },
    make("p", { class: "byline" }, make("b", {}, message.from.name), " ", make("time", { datetime: message.at }, clock(message.at)),
      ...marks.map((mark) => make("span", { class: "tag" }, mark)),
      ...(message.onlyYou ? [] : menuButton({
        label: "Actions on this message", sign: "⋯", items: [...drawn.menus.message, ...aroundMessage(me, message, cast)],
        onchoose: (item) => (item.what ? happen(me, there, item, cast) : act(me, there, item, { messageId: message.id })),
      }))),
    message.text && bubble(message, cast), ...sentFiles(message.attached),
    message.file && drawFile(me, there, message),
    message.card && drawCard(message.card, actions(me, there, message))));
}

function bubble(message, cast) {
  const box = make("div", { class: "bubble" });
  const mention = `@${cast.bot.name}`;
  if (message.markdown) box.innerHTML = asMarkdown(message.text);
  else {
    const [first, ...rest] = message.text.split(mention);
    box.append(first, ...rest.flatMap((text) => [make("span", { class: "mention" }, mention), text]));
  }
  return box;
}

function actions(me, there, message) {
  const where = { as: me.key, conversation: there.id, messageId: message.id };
  return {
    press: async (action) => {
      const { shown } = await post("/teams/press", { ...where, action });
      if (shown.kind === "dialog") openDialog(shown.dialog, me);
      if (shown.kind === "message") toast(shown.text);
      if (shown.kind === "error") toast(shown.text, "error");
    },
    search: async (asked) => (await post("/teams/search", { ...where, ...asked })).shown,
  };
}
