// The middle pane: a conversation as one person sees it, its threads, and the boxes to write in.

import { avatar, clock, get, make, post, toast } from "/page/api.js";
import { asMarkdown, drawCard } from "/page/cards.js";
import { openDialog } from "/page/dialogs.js";

const EXAMPLE = "/invite ana@fabrikam.com to Health Records for 90d because she runs the March audit";
let drawn = { key: null, messages: new Map(), waiting: 0 };

export function forgetTalk() {
  drawn = { key: null, messages: new Map(), waiting: 0 };
}

export async function drawTalk(pane, me, there, cast) {
  const key = `${me.key} ${there?.id}`;
  if (drawn.key !== key) {
    forgetTalk();
    drawn.key = key;
    drawFrame(pane, me, there, cast);
  }
  if (!there) return;
  const { messages } = await get("/teams/messages", { as: me.key, conversation: there.id });
  if (drawn.key === key) drawMessages(pane.querySelector(".messages"), me, there, messages, cast);
}

function drawFrame(pane, me, there, cast) {
  if (!there) {
    const add = () => post("/teams/control", { app: { as: me.key, action: "add" } });
    pane.replaceChildren(make("div", { class: "empty" },
      make("p", {}, `${me.name} has never had the app, so ${cast.bot.name} cannot write here.`),
      make("button", { class: "primary", onclick: add }, `Add ${cast.bot.name}, as ${me.name} could in Teams`)));
    return;
  }
  const about = { channel: `${there.team} · ${there.members} members`, groupChat: `${there.members} people`,
    personal: "Chat with the app" }[there.kind];
  pane.replaceChildren(
    make("header", { class: "talk-head" }, make("h2", {}, there.kind === "channel" ? `# ${there.name}` : there.name),
      make("span", { class: "muted" }, about)),
    make("div", { class: "messages", role: "log", "aria-label": "Messages", "data-conversation": there.id }),
    make("p", { class: "typing muted", hidden: true }, `${cast.bot.name} is at work …`),
    compose(me, there, cast, null),
  );
}

function compose(me, there, cast, thread) {
  const mention = there.kind === "personal" ? "" : `@${cast.bot.name} `;
  const label = thread ? "Reply in this thread" : `Message in ${there.name}`;
  const box = make("textarea", {
    rows: 1, "aria-label": label, placeholder: thread ? `Reply, or ${mention}/help` : `Type ${mention}/invite …`,
    oninput: () => { box.style.height = "auto"; box.style.height = `${box.scrollHeight}px`; },
    onkeydown: (event) => {
      if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); form.requestSubmit(); }
    },
  });
  const form = make("form", {
    class: thread ? "compose reply" : "compose",
    onsubmit: async (event) => {
      event.preventDefault();
      const text = box.value.trim();
      if (!text) return;
      box.value = "";
      box.style.height = "auto";
      await say(me, there, cast, text, thread);
    },
  }, box, make("button", { class: "primary", type: "submit" }, "Send"));
  const hint = !thread && make("button", {
    class: "try", type: "button",
    onclick: () => { box.value = `${mention}${EXAMPLE}`; box.dispatchEvent(new Event("input")); box.focus(); },
  }, make("b", {}, "Try this "), `${mention}${EXAMPLE}`);
  return make("div", { class: "writing" }, hint, form);
}

async function say(me, there, cast, text, thread) {
  const heard = there.kind === "personal" || text.startsWith(`@${cast.bot.name}`);
  busy(heard ? 1 : 0);
  try {
    const { status } = await post("/teams/say", { as: me.key, conversation: there.id, text, ...(thread && { thread }) });
    if (!heard) toast(`${cast.bot.name} hears only messages that begin with @${cast.bot.name}.`);
    else if (status === 0) toast(`${cast.bot.name} did not answer. Is it running?`, "error");
    else if (status >= 300) toast(`${cast.bot.name} refused the message (${status}).`, "error");
  } catch (error) {
    toast(error.message, "error");
  } finally {
    busy(heard ? -1 : 0);
  }
}

function busy(step) {
  drawn.waiting += step;
  const typing = document.querySelector(".typing");
  if (typing) typing.hidden = drawn.waiting <= 0;
}

// Draw only what changed, so that nothing that somebody is typing into a card is lost.
function drawMessages(list, me, there, messages, cast) {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80 || !drawn.messages.size;
  const kept = new Set(messages.map((message) => message.id));
  for (const [id, old] of drawn.messages) {
    if (kept.has(id)) continue;
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
    posts, compose(me, there, cast, message.thread)));
  return posts;
}

function drawMessage(me, there, message, cast) {
  const mine = message.from.key === me.key;
  const marks = [message.updatedAt && `edited ${clock(message.updatedAt)}`, message.onlyYou && "only you see this",
    message.ownView && "your view"].filter(Boolean);
  return make("article", {
    class: `message${mine ? " mine" : ""}${message.card ? " with-card" : ""}`,
    "data-message": message.id, "data-revision": message.revision, "aria-label": `${message.from.name}, ${clock(message.at)}`,
  }, avatar(message.from.name, message.from.bot ? "bot" : "member"),
  make("div", { class: "said" },
    make("p", { class: "byline" }, make("b", {}, message.from.name), " ", make("time", { datetime: message.at }, clock(message.at)),
      ...marks.map((mark) => make("span", { class: "tag" }, mark))),
    message.text && bubble(message, cast),
    message.card && drawCard(message.card, actions(me, there, message))));
}

function bubble(message, cast) {
  const box = make("div", { class: "bubble" });
  const mention = `@${cast.bot.name}`;
  if (message.markdown) box.innerHTML = asMarkdown(message.text);
  else if (message.text.startsWith(mention)) {
    box.append(make("span", { class: "mention" }, mention), message.text.slice(mention.length));
  } else box.append(message.text);
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
