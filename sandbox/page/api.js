// Calls to the sandbox, and the small things that every part of the page needs.

async function answer(response) {
  if (!response.ok) throw new Error((await response.text()) || `The sandbox answered ${response.status}`);
  return response.json();
}

export const get = async (path, query = {}) => answer(await fetch(`${path}?${new URLSearchParams(query)}`));

export const post = async (path, body) =>
  answer(await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  }));

export const upload = async (path, query, file) =>
  answer(await fetch(`${path}?${new URLSearchParams(query)}`, { method: "POST", body: file }));

// Make an element: make("p", { class: "muted" }, "text", child, …). Text is never read as HTML.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
}

// Show these children in a pane. Those that stand there already stay as they are, so that a press that has begun
// on one of them ends on it, and neither where the pane was scrolled to nor its focus is lost.
export function redraw(pane, ...children) {
  const controls = () => [...pane.querySelectorAll("a, button, input, select")];
  const focused = controls().indexOf(document.activeElement);
  const top = pane.scrollTop;
  for (const old of [...pane.children]) if (!children.some((child) => child.isEqualNode(old))) old.remove();
  children.forEach((child, at) => {
    const here = pane.children[at] ?? null;
    if (!here?.isEqualNode(child)) pane.insertBefore(child, here);
  });
  while (pane.children.length > children.length) pane.lastElementChild.remove();
  pane.scrollTop = top;
  if (focused >= 0 && !pane.contains(document.activeElement)) controls()[focused]?.focus({ preventScroll: true });
}

const HUES = [262, 199, 152, 24, 338, 216, 290, 96];

export function avatar(name, kind = "member") {
  const words = name.split(/\s+/);
  const initials = kind === "bot" ? "✓" : (words[0][0] + (words.length > 1 ? words.at(-1)[0] : "")).toUpperCase();
  const hue = HUES[[...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % HUES.length];
  return make("span", { class: `avatar ${kind}`, style: `--hue:${hue}`, "aria-hidden": "true" }, initials);
}

export const clock = (iso) => new Date(iso).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export function toast(text, kind = "note") {
  const box = make("div", { class: `toast ${kind}` }, text);
  document.getElementById("toasts").append(box);
  setTimeout(() => box.remove(), 8000);
}
