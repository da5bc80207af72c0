// The right pane: what to try, the tenant's guests as the directory has them, and what has just happened.

import { clock, get, make, post, redraw, toast } from "/page/api.js";
import { go } from "/page/app.js";
import { filesOf } from "/page/files.js";
import { gates } from "/page/gates.js";
import { settings } from "/page/settings.js";

const STEPS = [
  ["megan", "partner-onboarding", "As Megan, ask for a guest", "send the line above the box"],
  ["alex", "guestlist", "As Alex, decide", "press Approve in the chat with Guestlist"],
  ["ana", null, "As Ana, open the mail", "accept, consent, and open the app"],
  ["megan", "partner-onboarding", "As Megan, look again", "the thread says that Ana is in"],
];
const NAMES = ["address", "to", "name", "app", "group", "remark"];

const steps = () => make("ol", { class: "steps" }, ...STEPS.map(([as, where, what, how]) => make("li", {},
  make("button", { type: "button", onclick: () => go({ as, ...(where && { in: where }) }) }, what), `: ${how}.`)));

const acted = (act, more) => post("/sandbox/act", { act, ...more }).catch((error) => toast(error.message, "error"));

// What an admin can do in the portal so that a guest is stuck, and that /guest then says.
const byHand = (guest) => make("p", { class: "muted" }, "As an admin: ",
  make("button", { type: "button", onclick: () => acted("reinvite", { id: guest.id }) }, "Invite again by hand"), " ",
  make("button", { type: "button", onclick: () => acted(guest.accountEnabled ? "disable" : "enable", { id: guest.id }) },
    guest.accountEnabled ? "Disable the account" : "Enable the account"));

function guestBox(guest) {
  const has = [...(guest.assignments ?? []), ...(guest.groups ?? [])];
  return make("div", { class: "box", "data-guest": guest.mail ?? guest.id },
    make("span", { class: `state ${guest.externalUserState ?? ""}` }, guest.externalUserState ?? "no state"),
    make("p", {}, make("b", {}, guest.displayName)), make("p", { class: "muted" }, guest.mail ?? ""),
    has.length ? make("ul", {}, ...has.map((name) => make("li", {}, name))) : make("p", { class: "muted" }, "No access yet"), byHand(guest));
}

// Who is deleted, as long as the directory keeps them; time does not pass here, so it can be made to.
const deletedBox = (guests) => (guests.length ? [make("h2", {}, "Deleted guests"), make("div", { class: "box", "data-deleted": "" },
  make("ul", {}, ...guests.map((guest) => make("li", {}, make("b", {}, guest.displayName), ` · ${guest.mail ?? ""} · deleted on ${guest.deletedDateTime.slice(0, 10)}`))),
  make("p", { class: "muted" }, "The directory keeps them for 30 days. ",
    make("button", { type: "button", onclick: () => acted("ageDeleted", { days: 30 }) }, "Let 30 days pass")))] : []);

function effect(entry) {
  const about = NAMES.map((name) => [entry.detail[name] ?? []].flat().join(", ")).filter(Boolean).slice(0, 2).join(" · ");
  return make("li", { "data-kind": entry.kind }, make("time", { class: "muted" }, clock(entry.at)),
    make("span", {}, make("b", {}, entry.kind.replaceAll(".", " ")), about && ` · ${about}`));
}

export async function drawDirectory(pane, { me }) {
  try {
    draw(pane, ...await Promise.all([get("/sandbox/state"), get("/teams/effects"), filesOf(me)]));
  } catch (error) {
    redraw(pane, make("p", { class: "empty trouble" }, `The directory could not be read: ${error.message}`));
  }
}

function draw(pane, state, { effects, calls }, files) {
  const guests = state.guests ?? [];
  redraw(pane,
    make("h2", {}, "Try this"), make("div", { class: "box" }, steps()),
    make("h2", {}, "Guests in the directory"),
    ...(guests.length ? guests.map(guestBox) : [make("p", { class: "box muted" }, "None. A guest appears here when Guestlist invites.")]),
    ...deletedBox(state.deleted ?? []), ...files, ...settings(state.switches ?? {}), ...gates(state.policies ?? [], state.locations ?? []),
    make("h2", {}, "What happened"),
    effects.length ? make("ol", { class: "effects box", reversed: true }, ...effects.map(effect))
      : make("p", { class: "box muted" }, "Nothing yet."),
    make("p", { class: "muted" }, `${calls.graph} calls to Graph, ${calls.connector} to Teams.`),
  );
}
