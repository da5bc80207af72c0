// Files that the bot offers in a chat, as Teams draws them, those that a person has in OneDrive, and those to send.

import { get, make, post, toast, upload } from "/page/api.js";

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

const CLIP = '<svg viewBox="0 0 16 16" width="18" height="18" aria-hidden="true"><path fill="none" stroke="currentColor" '
  + 'stroke-width="1.3" stroke-linecap="round" d="M13.5 7.4 8.2 12.7a3.3 3.3 0 0 1-4.7-4.7l5.6-5.6a2.2 2.2 0 0 1 3.1 3.1l-5.3 5.3a1.1 1.1 0 0 1-1.6-1.6l4.9-4.9"/></svg>';

// What a message is to be sent with: the button to choose files, the list of those chosen, and what takes them.
export function attaching(me) {
  let chosen = [];
  const list = make("p", { class: "attached", hidden: true, role: "group", "aria-label": "Files to send" });
  const draw = () => {
    list.hidden = !chosen.length;
    list.replaceChildren(...chosen.map((file) => make("span", {}, file.name, make("button", { class: "plain", type: "button",
      "aria-label": `Remove ${file.name}`, onclick: () => { chosen = chosen.filter((one) => one !== file); draw(); } }, "✕"))));
  };
  const input = make("input", { type: "file", multiple: true, hidden: true, "aria-label": "Files",
    onchange: () => { chosen = [...chosen, ...input.files]; input.value = ""; draw(); } });
  const button = make("button", { class: "plain more", type: "button", title: "Attach files", "aria-label": "Attach files",
    onclick: () => input.click() });
  button.innerHTML = CLIP;
  const take = () => { const files = chosen; chosen = []; draw(); return files; };
  const put = async (file) => (await upload("/teams/attach", { as: me.key, name: file.name }, file)).id;
  return { list, parts: [input, button], take, put: (files) => Promise.all(files.map(put)) };
}

export const sentFiles = (names) => names.map((name) => make("p", { class: "attached sent" }, make("span", {}, name)));
