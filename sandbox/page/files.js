// Files that the bot offers in a chat, as Teams draws them, and those that a person has in OneDrive.

import { get, make, post, toast } from "/page/api.js";

const size = (bytes) => (bytes < 1024 ? `${bytes} bytes` : `${Math.round(bytes / 1024)} KB`);

export function drawFile(me, there, message) {
  const { kind, name, description, url } = message.file;
  const answer = async (action, box) => {
    for (const button of box.querySelectorAll("button")) button.disabled = true;
    const asked = { as: me.key, conversation: there.id, messageId: message.id, action };
    const { status } = await post("/teams/consent", asked).catch((error) => ({ status: error.message }));
    if (status !== 200) toast(`The app did not take this (${status}).`, "error");
    for (const button of box.querySelectorAll("button")) button.disabled = false;
  };
  const box = make("div", { class: "card file" }, make("b", {}, name));
  if (kind === "info") box.append(make("a", { href: url, download: name }, "Download"));
  else {
    box.append(make("p", {}, description), make("p", { class: "muted" }, `About ${size(message.file.size)}`),
      make("p", { class: "buttons" },
        make("button", { class: "primary", onclick: () => answer("accept", box) }, "Accept"),
        make("button", { class: "second", onclick: () => answer("decline", box) }, "Decline")));
  }
  return box;
}

// What a person has in OneDrive; nothing where there is none.
export async function filesOf(me) {
  const files = me ? await get("/teams/files", { as: me.key }) : [];
  if (!files.length) return [];
  return [make("h2", {}, `${me.name}’s OneDrive`), make("ul", { class: "box files" },
    ...files.map((file) => make("li", {}, make("a", { href: file.url, download: file.name }, file.name),
      make("span", { class: "muted" }, ` · ${size(file.size)}`))))];
}
