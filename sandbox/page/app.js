// The page's state and its frame: who one is, where one looks, and what to draw again when something changed.

import { avatar, get, make, redraw, toast } from "/page/api.js";
import { drawDirectory } from "/page/directory.js";
import { drawTalk, forgetTalk } from "/page/talk.js";

const $ = (id) => document.getElementById(id);
const state = { cast: null, me: null, guest: null, there: null, chats: [] };

const slug = (name) => name.toLowerCase().replace(/[^a-z0-9]+/g, "-");

function wanted() {
  const hash = new URLSearchParams(location.hash.slice(1));
  return { as: hash.get("as") ?? "megan", in: hash.get("in") ?? "partner-onboarding" };
}

export function go(change) {
  const next = { ...wanted(), ...change };
  document.body.dataset.pane = "talk";
  location.hash = new URLSearchParams(next).toString();
}

function drawWho() {
  const me = state.me ?? state.guest;
  $("who").replaceChildren(
    avatar(me.name, state.guest ? "guest" : "member"),
    make("span", { class: "who-text" }, make("b", {}, me.name), make("span", {}, me.role ?? "Guest-to-be")),
    make("span", { "aria-hidden": "true" }, "▾"),
  );
  $("who").setAttribute("aria-label", `You are ${me.name}, ${me.role ?? "guest-to-be"}. Be somebody else`);
  document.title = `${me.name} · Guestlist sandbox`;
}

function drawPeople() {
  const entry = (person, kind) => make("button", {
    class: "person", "data-person": person.key, "aria-current": String(person.key === wanted().as),
    onclick: () => { $("people").hidePopover(); go({ as: person.key }); },
  }, avatar(person.name, kind), make("span", { class: "who-text" },
    make("b", {}, person.name), make("span", {}, person.role ?? `Guest-to-be · ${person.address}`)));
  const group = (title, rows) => make("section", {}, make("h2", {}, title), ...rows);
  const here = state.cast.people.filter((person) => person.enabled);
  const story = (person) => !/^(Owner of other|Team member|Without)/.test(person.role);
  $("people").replaceChildren(
    group("The story", here.filter(story).map((person) => entry(person, "member"))),
    group("Guests", state.cast.guests.map((guest) => entry(guest, "guest"))),
    group("Everybody else", here.filter((person) => !story(person)).map((person) => entry(person, "member"))),
  );
}

function drawChats() {
  if (state.guest) {
    $("chats").replaceChildren(make("p", { class: "muted empty" },
      `${state.guest.name} is not in this tenant's Teams: a guest sees the mail and the app.`));
    return;
  }
  const entry = (row) => make("button", {
    class: "chat", "data-conversation": row.id, "aria-current": String(row.id === state.there?.id),
    onclick: () => go({ in: row.slug }),
  }, row.kind === "channel" ? make("span", { class: "hash", "aria-hidden": "true" }, "#")
    : avatar(row.name, row.kind === "personal" ? "bot" : "member"),
  make("span", { class: "name" }, row.name),
  row.kind === "channel" && row.membership !== "standard" && make("span", { class: "muted" }, row.membership),
  row.unread && make("span", { class: "dot" }, make("span", { class: "hidden" }, "unread")));
  const kinds = [["personal", "Chat"], ["oneOnOne", "People"], ["groupChat", "Group chats"], ["channel", null]];
  const none = make("p", { class: "muted empty" }, `No chats: nobody has given ${state.me.name} the app.`);
  redraw($("chats"), ...kinds.flatMap(([kind, title]) => {
    const rows = state.chats.filter((row) => row.kind === kind);
    return rows.length ? [make("h2", {}, title ?? rows[0].team), ...rows.map(entry)] : [];
  }), ...(state.chats.length ? [] : [none]));
}

async function loadChats() {
  if (state.guest) { state.chats = []; state.there = null; return; }
  const as = state.me.key;
  const rows = await get("/teams/conversations", { as });
  if (state.me?.key !== as) { await loadChats(); return; }  // one has become somebody else meanwhile
  state.chats = rows.map((row) => ({ ...row, slug: slug(row.name) }));
  const at = wanted().in;
  state.there = state.chats.find((row) => row.slug === at || row.id === at) ?? state.chats.at(-1) ?? null;
}

function drawInbox() {
  forgetTalk();
  const address = `/guest/${state.guest.key}/inbox`;
  if ($("talk").querySelector("iframe")?.dataset.guest === state.guest.key) return;
  $("talk").replaceChildren(
    make("header", { class: "talk-head" }, make("h2", {}, `${state.guest.name}’s screen`),
      make("a", { href: address, target: "_blank" }, "Open in its own tab")),
    make("iframe", { src: address, title: `${state.guest.name}’s inbox`, "data-guest": state.guest.key }),
  );
}

// Draw what changed; calls made while one is under way become one more after it.
let drawing = null;
let again = false;

async function draw() {
  if (drawing) { again = true; return; }
  drawing = (async () => {
    try {
      await loadChats();
      if (state.guest) drawInbox();
      else await drawTalk($("talk"), state.me, state.there, state.cast);
      const here = state.chats.find((row) => row.id === state.there?.id);
      if (here) here.unread = false;
      drawChats();
    } catch (error) {
      toast(error.message, "error");
    }
  })();
  await drawing;
  drawing = null;
  if (again) { again = false; await draw(); }
}

async function arrive() {
  state.cast = await get("/teams/people");
  const { as } = wanted();  // as it is by now: an answer that comes late must not bring back who one was
  state.me = state.cast.people.find((person) => person.key === as) ?? null;
  state.guest = state.me ? null : state.cast.guests.find((guest) => guest.key === as) ?? null;
  if (!state.me && !state.guest) { go({ as: "megan" }); return; }
  drawWho();
  drawPeople();
  await draw();
  await drawDirectory($("directory"), state);
}

function listen() {
  const events = new EventSource("/teams/events");
  let cut = false;
  events.onmessage = async ({ data }) => {
    const { what } = JSON.parse(data);
    if (what === "reset") forgetTalk();
    if (what === "reset" || what === "conversation") { await arrive(); return; }
    if (what !== "ledger") await draw();
    await drawDirectory($("directory"), state);
  };
  events.onerror = () => { if (!cut) toast("The sandbox has stopped answering. Waiting for it.", "error"); cut = true; };
  events.onopen = () => { cut = false; arrive(); };  // what changed before is not told: look once more
}

for (const tab of document.querySelectorAll("[data-show]")) {
  tab.addEventListener("click", () => { document.body.dataset.pane = tab.dataset.show; });
}
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();  // the address holds who one is and where, so it must not become #talk
  $("talk").focus();
});
addEventListener("hashchange", () => {
  for (const open of document.querySelectorAll(":popover-open")) open.hidePopover();  // a menu of elsewhere
  arrive();
});
await arrive();
listen();
