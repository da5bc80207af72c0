// Dialogs, as Teams opens them from a card: a real <dialog>, which its answer replaces, closes or keeps.

import { make, post } from "/page/api.js";
import { drawCard } from "/page/cards.js";

const dialog = document.getElementById("dialog");
const trouble = dialog.querySelector(".trouble");
const body = dialog.querySelector(".dialog-card");

dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());

export function openDialog(opened, me) {
  trouble.hidden = true;
  dialog.querySelector("h2").textContent = opened.title || "Guestlist";
  body.replaceChildren(drawCard(opened.card, {
    press: async (action) => {
      const { shown } = await post("/teams/dialog/submit", { as: me.key, dialog: opened.id, action });
      show(shown, me);
    },
    search: async (asked) => (await post("/teams/search",
      { as: me.key, conversation: opened.conversation, messageId: opened.message_id, ...asked })).shown,
  }));
  if (!dialog.open) dialog.showModal();
  body.scrollTop = 0;
  body.querySelector("input, textarea, select")?.focus();
}

function show(shown, me) {
  if (shown.kind === "dialog") openDialog(shown.dialog, me);
  else if (shown.kind === "nothing") dialog.close();
  else if (shown.kind === "error") {
    trouble.textContent = shown.text;
    trouble.hidden = false;
  } else {
    trouble.hidden = true;
    const done = make("button", { class: "primary", onclick: () => dialog.close() }, "Close");
    body.replaceChildren(make("p", {}, shown.text), done);
    done.focus();
  }
}
