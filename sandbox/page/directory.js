// The right pane: the tenant's guests as the directory has them, a switch, and what has just happened.

import { clock, get, make, post, toast } from "/page/api.js";
import { go } from "/page/app.js";

export async function drawDirectory(pane, state) {
  void state;
  pane.replaceChildren(make("p", { class: "muted empty" }, "…"));
}
