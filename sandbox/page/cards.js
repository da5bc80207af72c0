// Cards: the official renderer with Teams' markdown, colours that follow the theme, and a typeahead.

import { make, toast } from "/page/api.js";

const AC = window.AdaptiveCards;
const markdown = window.markdownit({ html: false, breaks: true, linkify: false }).disable([
  "heading", "lheading", "table", "image", "code", "fence", "backticks", "blockquote", "hr", "reference",
]);

const MENTION = /&lt;at&gt;(.*?)&lt;\/at&gt;/g;

export const asMarkdown = (text) =>
  markdown.render(text).replace(MENTION, '<span class="mention">$1</span>');

AC.AdaptiveCard.onProcessMarkdown = (text, result) => {
  result.outputHtml = asMarkdown(text);
  result.didProcess = true;
};

const tone = (name) => ({ default: `var(--card-${name})`, subtle: `var(--card-${name}-subtle)` });
const foreground = Object.fromEntries(
  ["default", "dark", "light", "accent", "good", "warning", "attention"].map((name) => [name, tone(name)]),
);
const style = (name) => ({ backgroundColor: `var(--fill-${name})`, foregroundColors: foreground });

const hostConfig = new AC.HostConfig({
  fontFamily: "var(--font)",
  fontTypes: {
    default: {
      fontFamily: "var(--font)",
      fontSizes: { small: 12, default: 14, medium: 16, large: 18, extraLarge: 24 },
      fontWeights: { lighter: 400, default: 400, bolder: 600 },
    },
    monospace: {
      fontFamily: "var(--mono)",
      fontSizes: { small: 12, default: 13, medium: 15, large: 17, extraLarge: 22 },
      fontWeights: { lighter: 400, default: 400, bolder: 600 },
    },
  },
  spacing: { small: 4, default: 8, medium: 12, large: 16, extraLarge: 24, padding: 12 },
  separator: { lineThickness: 1, lineColor: "var(--line)" },
  containerStyles: Object.fromEntries(
    ["default", "emphasis", "accent", "good", "attention", "warning"].map((name) => [name, style(name)]),
  ),
  actions: {
    maxActions: 6,
    spacing: "large",
    buttonSpacing: 8,
    actionsOrientation: "horizontal",
    actionAlignment: "left",
    allowTitleToWrap: true,
    showCard: { actionMode: "inline", inlineTopMargin: 12, style: "emphasis" },
  },
  inputs: {
    label: {
      inputSpacing: "small",
      requiredInputs: { weight: "bolder", suffix: " *", suffixColor: "attention" },
      optionalInputs: { weight: "bolder" },
    },
    errorMessage: { color: "attention", weight: "default", size: "small", spacing: "small" },
  },
  factSet: {
    title: { weight: "bolder", size: "default", wrap: true, maxWidth: 140 },
    value: { weight: "default", size: "default", wrap: true },
    spacing: 12,
  },
  textStyles: { heading: { size: "large", weight: "bolder" } },
  textBlock: { headingLevel: 3 },
  supportsInteractivity: true,
});
AC.GlobalSettings.setTabIndexAtCardRoot = false;

let listNumber = 0;

// An Input.ChoiceSet whose choices come from the bot: a combobox as the ARIA practices describe it. Where several
// may be chosen, their titles stand one after the other, and what follows the last comma is looked for.
class Typeahead extends AC.ChoiceSetInput {
  isDynamicTypeahead() {
    return false;
  }

  internalRender() {
    if (!this.choicesData?.dataset) return super.internalRender();
    const values = (this.defaultValue || "").split(",").filter(Boolean);
    this.picked = values.map((value) => this.choices.find((choice) => choice.value === value) ?? { title: value, value });
    this.chosen = this.defaultValue || "";
    this.list = make("ul", { class: "options", role: "listbox", id: `options-${++listNumber}`, hidden: true });
    this.box = make("input", {
      class: "ac-input", type: "text", role: "combobox", autocomplete: "off", "aria-autocomplete": "list",
      "aria-expanded": "false", "aria-controls": this.list.id, placeholder: this.placeholder,
      value: this.titles(),
      oninput: () => { this.keep(); this.ask(); this.valueChanged(); },
      onclick: () => this.ask(),
      onblur: () => this.close(),
      onkeydown: (event) => this.key(event),
    });
    return make("div", { class: "typeahead" }, this.box, this.list);
  }

  updateInputControlAriaLabelledBy() {
    if (!this.box) return super.updateInputControlAriaLabelledBy();
    this.box.setAttribute("aria-labelledby", this.getAllLabelIds().join(" "));
  }

  titles() {
    return this.picked.map((one) => one.title).join(", ");
  }

  typed() {
    return this.isMultiSelect ? this.box.value.split(",").at(-1).trim() : this.box.value;
  }

  // Forget what is no longer in the box.
  keep() {
    const titles = this.box.value.split(",").map((title) => title.trim());
    this.picked = this.isMultiSelect ? this.picked.filter((one) => titles.includes(one.title)) : [];
    this.chosen = this.picked.map((one) => one.value).join(",");
  }

  ask() {
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      const query = this.typed();
      const inputs = Object.fromEntries(
        this.getRootElement().getAllInputs().filter((input) => input !== this).map((i) => [i.id, i.value ?? ""]),
      );
      const { dataset, count } = this.choicesData;
      const shown = await this.getRootElement().onSearch({ dataset, count, query, inputs });
      if (query === this.typed() && document.activeElement === this.box) this.open(shown);
    }, 120);
  }

  open(shown) {
    const rows = shown.results ?? [];
    const quiet = shown.kind === "error" ? shown.text : "Nothing found";
    this.list.replaceChildren(...rows.map((row, index) => make("li", {
      role: "option", id: `${this.list.id}-${index}`, "aria-selected": "false", "data-value": row.value,
      onmousedown: (event) => { event.preventDefault(); this.choose(row); },
    }, row.title)));
    if (!rows.length) this.list.append(make("li", { class: "muted", role: "option", "aria-disabled": "true" }, quiet));
    this.rows = rows;
    this.at = -1;
    this.list.hidden = false;
    this.box.setAttribute("aria-expanded", "true");
  }

  close() {
    clearTimeout(this.timer);
    this.list.hidden = true;
    this.box.setAttribute("aria-expanded", "false");
    this.box.removeAttribute("aria-activedescendant");
  }

  choose(row) {
    const before = this.isMultiSelect ? this.picked.filter((one) => one.value !== row.value) : [];
    this.picked = [...before, row];
    this.chosen = this.picked.map((one) => one.value).join(",");
    this.box.value = this.titles() + (this.isMultiSelect ? ", " : "");
    this.close();
    this.valueChanged();
  }

  key(event) {
    if (event.key === "Escape" && !this.list.hidden) { event.preventDefault(); event.stopPropagation(); this.close(); }
    if (event.key === "Enter" && !this.list.hidden && this.rows[this.at]) { event.preventDefault(); this.choose(this.rows[this.at]); }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    if (this.list.hidden || !this.rows?.length) { this.ask(); return; }
    this.at = (this.at + step + this.rows.length) % this.rows.length;
    [...this.list.children].forEach((row, index) => row.setAttribute("aria-selected", String(index === this.at)));
    this.list.children[this.at].scrollIntoView({ block: "nearest" });
    this.box.setAttribute("aria-activedescendant", `${this.list.id}-${this.at}`);
  }

  focus() {
    if (this.box) this.box.focus();
    else super.focus();
  }

  isSet() {
    return this.box ? Boolean(this.chosen) : super.isSet();
  }

  isValid() {
    return this.box ? Boolean(this.chosen) || !this.box.value : super.isValid();
  }

  get value() {
    return this.box ? this.chosen || undefined : super.value;
  }
}
AC.GlobalRegistry.elements.unregister("Input.ChoiceSet");
AC.GlobalRegistry.elements.register("Input.ChoiceSet", Typeahead);

// Draw a card. `press(action)` gets {type, verb, title, id, data} with the inputs merged, as Teams sends it.
export function drawCard(json, { press, search }) {
  const card = new AC.AdaptiveCard();
  card.hostConfig = hostConfig;
  card.onSearch = search;
  card.onInlineCardExpanded = (action, open) => open && action.card.renderedElement.scrollIntoView({ block: "nearest" });
  const box = make("div", { class: "card", lang: json.lang });
  card.onExecuteAction = async (action) => {
    const type = action.getJsonTypeName();
    if (type === "Action.OpenUrl") { window.open(action.url, "_blank", "noopener"); return; }
    if (!["Action.Execute", "Action.Submit"].includes(type) || box.getAttribute("aria-busy")) return;
    box.setAttribute("aria-busy", "true");
    try {
      await press({ type, verb: action.verb, title: action.title, id: action.id, data: action.data ?? {} });
    } catch (error) {
      toast(error.message, "error");
    } finally {
      box.removeAttribute("aria-busy");
    }
  };
  try {
    card.parse(json);
    box.append(card.render());
  } catch (error) {
    box.append(make("p", { class: "trouble" }, `This card could not be drawn: ${error.message}`));
  }
  return box;
}
