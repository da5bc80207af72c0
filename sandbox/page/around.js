// What people do around the app: the menus of a conversation and of a message, where Teams has them.

import { make, post, toast } from "/page/api.js";

// Return what can be done with a conversation as it stands: {what, title, description, done, ask?, more?}.
export function aroundHere(me, there, cast) {
  if (there.kind === "oneOnOne") return [];
  const app = cast.bot.name;
  const own = there.kind === "personal";
  const ofTeam = there.kind === "channel" && there.membership === "standard";
  const where = own ? "your own chat" : ofTeam ? `the team ${there.team}` : there.kind === "channel" ? "this channel" : "this chat";
  const here = own ? there.installed : there.hasBot;
  const named = (key) => cast.people.find((person) => person.key === key)?.name;
  const items = [here
    ? { what: "remove", title: `Remove ${app}`, description: `From ${where}.`, done: `${app} is removed from ${where}.` }
    : { what: "add", title: `Add ${app}`, description: `To ${where}.`, done: `${app} is added to ${where}.`, more: ofTeam ? { chosen: there.id } : {} }];
  if (here) items.push({ what: "upgrade", title: `Update ${app}`, description: "A new version takes the place of the old.", done: `${app} is updated.` });
  if (own) {
    items.push(there.blocked
      ? { what: "unblock", title: `Unblock ${app}`, description: "It may write to you again.", done: `${app} is unblocked.` }
      : { what: "block", title: `Block ${app}`, description: "It can no longer write to you.", done: `${app} is blocked.` });
    return items;
  }
  const others = cast.people.filter((person) => person.enabled && !there.people.includes(person.key)
    && (there.membership === "shared" || !person.outside));
  items.push(
    { what: "join", title: "Add a person …", description: `To ${where}.`, done: "A person is added.",
      ask: { label: "Person", verb: "Add", as: "member", options: others.map((person) => [person.key, person.name]) } },
    { what: "leave", title: "Remove a person …", description: `From ${where}.`, done: "A person is removed.",
      ask: { label: "Person", verb: "Remove", as: "member", options: there.people.map((key) => [key, named(key)]) } },
  );
  if (there.kind === "channel" && here) items.push(...ofChannel(there));
  return items;
}

function ofChannel(there) {
  const name = (value) => ({ label: "Name", verb: "Rename", as: "name", value });
  const sure = (text) => ({ text, verb: "Delete" });
  return [
    { what: "rename", title: "Rename channel …", description: there.name, done: "The channel is renamed.", ask: name(there.name) },
    there.name !== "General" && { what: "close", title: "Delete channel …", description: there.name, done: "The channel is deleted.",
      ask: sure(`${there.name} goes away for everybody. It can be restored from the menu of another channel.`) },
    ...there.closed.map((one) => ({ what: "reopen", title: `Restore channel ${one.name}`, description: "With its messages.",
      done: `${one.name} is restored.`, more: { conversation: one.id } })),
    { what: "rename-team", title: "Rename team …", description: there.team, done: "The team is renamed.", ask: name(there.team) },
    { what: "delete-team", title: "Delete team …", description: there.team, done: "The team is deleted.",
      ask: sure(`${there.team} and its channels go away for everybody, until the sandbox begins anew.`) },
  ].filter(Boolean);
}

// Return what can be done with a message: one's own is changed and deleted, the app's deleted as an owner may.
export function aroundMessage(me, message, cast) {
  const app = cast.bot.name;
  const gone = { what: "delete", title: "Delete message", done: "The message is deleted.", more: { messageId: message.id } };
  if (message.from.bot) return [{ ...gone, description: `${app} is not told.` }];
  if (message.from.key !== me.key) return [];
  return [
    { what: "say", title: "Edit message …", description: "A changed message changes nothing that it asked for.", done: "The message is changed.",
      more: { messageId: message.id }, ask: { label: "Message", verb: "Save", as: "text", value: message.text } },
    { ...gone, description: "For everybody." },
  ];
}

export async function happen(me, there, item, cast) {
  const said = item.ask ? await ask(item.title.replace(" …", ""), item.ask) : "";
  if (said === null) return;
  const what = { as: me.key, what: item.what, conversation: there.id, ...item.more, ...(item.ask?.as && { [item.ask.as]: said }) };
  try {
    const { statuses, status } = await post(item.what === "say" ? "/teams/edit" : "/teams/happen", what);
    const bad = [...(statuses ?? []), status].find((one) => one === 0 || one >= 300);
    if (bad === undefined) toast(item.done);
    else toast(bad ? `${cast.bot.name} refused to hear of it (${bad}).` : `${cast.bot.name} did not answer. Is it running?`, "error");
  } catch (error) {
    toast(error.message, "error");
  }
}

// Ask for one thing, or only whether; return what was said, or null where it was called off.
function ask(title, { label, verb, value, options, text }) {
  const field = options ? make("select", { id: "asked", required: true }, ...options.map(([key, name]) => make("option", { value: key }, name)))
    : label && make("input", { id: "asked", type: "text", required: true, value, autocomplete: "off" });
  const dialog = make("dialog", { class: "dialog ask", "aria-labelledby": "ask-title" },
    make("header", {}, make("h2", { id: "ask-title" }, title)),
    make("form", { method: "dialog" },
      text && make("p", {}, text), label && make("label", { for: "asked" }, label), field,
      make("p", { class: "buttons" }, make("button", { class: "primary", value: "yes" }, verb),
        make("button", { type: "button", class: "second", onclick: () => dialog.close() }, "Cancel"))));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => {
      answer(dialog.returnValue === "yes" ? field?.value ?? "" : null);
      dialog.remove();
    });
  });
}
