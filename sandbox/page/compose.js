// The box to write in: its slash menu, its actions, and the mode in which only the app and you see what is said.

import { get, make, post, toast } from "/page/api.js";
import { openDialog } from "/page/dialogs.js";
import { attaching } from "/page/files.js";
import { listMenu, menuButton } from "/page/menus.js";

const EXAMPLE = "/invite ana@fabrikam.com to Health Records for 90d because she runs the March audit";

let waiting = 0;

export const forgetBoxes = () => { waiting = 0; };

export const menusOf = (me, there) => get("/teams/menus", { as: me.key, conversation: there.id });

// Choose an action of the app: its form opens as a dialog, and nothing is posted.
export async function act(me, there, item, more) {
  busy(1);
  try {
    const { shown } = await post("/teams/compose", { as: me.key, conversation: there.id, command: item.id, ...more });
    if (shown.kind === "dialog") openDialog(shown.dialog, me);
    else toast(shown.text ?? "There is nothing to fill in.", shown.kind === "error" ? "error" : "note");
  } catch (error) {
    toast(error.message, "error");
  } finally {
    busy(-1);
  }
}

export function compose(me, there, cast, thread, menus) {
  const app = cast.bot.name;
  const mention = there.kind === "personal" || !there.hasBot ? "" : `@${app} `;
  const label = thread ? "Reply in this thread" : `Message in ${there.name}`;
  const hint = thread ? `Reply, or ${mention}/help` : `Type ${mention}/invite …`;
  let targeted = false;
  const box = make("textarea", {
    rows: 1, "aria-label": label, placeholder: there.hasBot ? hint : "Write a message",
    oninput: () => { grow(); slash.look(); }, onblur: () => slash.close(), onkeydown: (event) => key(event),
  });
  const grow = () => { box.style.height = "auto"; box.style.height = `${box.scrollHeight}px`; };
  const write = (text) => { box.value = text; grow(); box.focus(); };
  const target = (on) => { targeted = on; aside.hidden = !on; box.toggleAttribute("data-targeted", on); box.focus(); };
  const aside = make("p", { class: "aside", hidden: true, role: "status" },
    make("span", {}, `Only you and ${app} will see this message.`),
    make("button", { class: "plain", type: "button", "aria-label": "Write to everybody instead", onclick: () => target(false) }, "✕"));
  const choose = (item, context) => {
    if (item.id) {
      write("");
      act(me, there, item, { context, ...(thread && { thread }) });
    } else if (context === "slash") {
      write(`${item.title} `);
      target(true);
    } else write(`${mention}${item.title} `);
  };
  const files = there.kind === "personal" && attaching(me);  // elsewhere a bot is told of none
  const slash = listMenu(box, { label: "Commands", items: menus.slash, onchoose: (item) => choose(item, "slash") });
  const key = (event) => {
    if (slash.key(event)) return;
    if (event.key === "Backspace" && targeted && !box.value) { event.preventDefault(); target(false); }
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); form.requestSubmit(); }
  };
  const form = make("form", {
    class: thread ? "compose reply" : "compose",
    onsubmit: async (event) => {
      event.preventDefault();
      const text = box.value.trim();
      const sent = files ? files.take() : [];
      if (!text && !sent.length) return;
      const only = targeted;
      write("");
      if (only) target(false);
      await say(me, there, cast, text, thread, only, () => (sent.length ? files.put(sent) : []));
    },
  }, ...menuButton({
    label: "Actions and commands", sign: "+", items: [...menus.compose, ...menus.commands],
    onchoose: (item) => choose(item, "compose"),
  }), ...(files ? files.parts : []), box, make("button", { class: "primary", type: "submit" }, "Send"));
  const example = !thread && there.hasBot && make("button", {
    class: "try", type: "button", onclick: () => write(`${mention}${EXAMPLE}`),
  }, make("b", {}, "Try this "), `${mention}${EXAMPLE}`);
  return make("div", { class: "writing" }, example, aside, slash.list, files && files.list, form);
}

async function say(me, there, cast, text, thread, targeted, put) {
  const app = cast.bot.name;
  const heard = there.hasBot && (targeted || there.kind === "personal" || text.includes(`@${app}`));
  busy(heard ? 1 : 0);
  try {
    const said = { as: me.key, conversation: there.id, text, targeted, files: await put(), ...(thread && { thread }) };
    const { status } = await post("/teams/say", said);
    if (!there.hasBot) return;
    if (!heard) toast(`${app} hears only messages that name @${app}, and its slash commands.`);
    else if (status === 0) toast(`${app} did not answer. Is it running?`, "error");
    else if (status >= 300) toast(`${app} refused the message (${status}).`, "error");
  } catch (error) {
    toast(error.message, "error");
  } finally {
    busy(heard ? -1 : 0);
  }
}

function busy(step) {
  waiting += step;
  const typing = document.querySelector(".typing");
  if (typing) typing.hidden = waiting <= 0;
}
