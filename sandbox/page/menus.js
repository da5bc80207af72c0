// Menus: one that a button opens, and one that opens under what is typed after a slash.

import { make } from "/page/api.js";

const row = (item) => [make("b", {}, item.title), make("span", {}, item.description)];

// Return a button and its menu, or nothing where there is nothing to choose.
export function menuButton({ label, sign, items, onchoose }) {
  if (!items.length) return [];
  const list = make("div", { class: "menu", popover: "auto", "aria-label": label, role: "group", onkeydown: (event) => step(event, list) },
    ...items.map((item, index) => make("button", {
      class: "item", type: "button", autofocus: index === 0, onclick: () => { list.hidePopover(); onchoose(item); },
    }, ...row(item))));
  const button = make("button", {
    class: "plain more", type: "button", "aria-label": label, title: label, "aria-haspopup": "true", "aria-expanded": "false",
    onclick: () => { list.togglePopover(); place(list, button); },
  }, sign);
  follow(list, button);
  return [button, list];
}

// While a menu is open, keep it at its button, whatever becomes of the window; close it with the button's sight.
function follow(list, button) {
  const again = () => {
    const { top, bottom, width } = button.getBoundingClientRect();
    if (!width || bottom < 0 || top > innerHeight) list.hidePopover();
    else place(list, button);
  };
  list.addEventListener("toggle", ({ newState }) => {
    const open = newState === "open";
    button.setAttribute("aria-expanded", String(open));
    const change = open ? addEventListener : removeEventListener;
    change("resize", again);
    change("scroll", again, true);
  });
}

function place(list, button) {
  const { left, top, bottom } = button.getBoundingClientRect();
  const above = top - list.offsetHeight - 4;
  list.style.left = `${Math.max(8, Math.min(left, innerWidth - list.offsetWidth - 8))}px`;
  list.style.top = `${above > 8 ? above : bottom + 4}px`;
}

function step(event, list) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const items = [...list.children];
  items[(items.indexOf(document.activeElement) + by + items.length) % items.length].focus();
}

let lists = 0;

// Let a box offer a list while what is typed in it is a slash and the beginning of a title.
export function listMenu(box, { label, items, onchoose }) {
  const list = make("ul", { class: "menu slash", role: "listbox", "aria-label": label, id: `menu-${++lists}`, hidden: true });
  let rows = [];
  let at = 0;
  if (items.length) {
    box.setAttribute("aria-haspopup", "listbox");
    box.setAttribute("aria-controls", list.id);
  }
  const close = () => { list.hidden = true; box.removeAttribute("aria-activedescendant"); };
  const mark = () => {
    [...list.children].forEach((one, index) => one.setAttribute("aria-selected", String(index === at)));
    list.children[at].scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", `${list.id}-${at}`);
  };
  const take = (item) => { close(); onchoose(item); };
  const look = () => {
    const typed = /^\/(\S*)$/.exec(box.value);
    rows = typed ? items.filter((item) => item.title.toLowerCase().startsWith(typed[1].toLowerCase())) : [];
    if (!rows.length) { close(); return; }
    list.replaceChildren(...rows.map((item, index) => make("li", {
      role: "option", class: "item", id: `${list.id}-${index}`,
      onmousedown: (event) => { event.preventDefault(); take(item); },
    }, ...row(item))));
    at = 0;
    list.hidden = false;
    mark();
  };
  const key = (event) => {
    if (list.hidden) return false;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) { at = (at + by + rows.length) % rows.length; mark(); }
    else if (event.key === "Enter" || event.key === "Tab") take(rows[at]);
    else if (event.key === "Escape") close();
    else return false;
    event.preventDefault();
    return true;
  };
  return { list, look, key, close };
}
