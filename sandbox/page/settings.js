// What an admin sets about guests in the portal, in the right pane: each takes effect at the next call of Graph.

import { make, post, toast } from "/page/api.js";

const ROWS = [
  ["allowInvitesFrom", "Who may invite guests"],
  ["guestRole", "What guests see"],
  ["blockedDomains", "Denied domains"],
  ["allowedDomains", "Allowed domains alone"],
  ["crossTenant", "Cross-tenant access, default"],
  ["crossTenantPartner", "Cross-tenant access, fabrikam.com"],
  ["inboundTrustMfa", "Trust MFA of other tenants"],
  ["inboundTrustDevices", "Trust devices of other tenants"],
];

function control(name, id, { value, values }) {
  const set = (chosen, back) => post("/sandbox/switches", { [name]: chosen })
    .catch((error) => { back(); toast(error.message, "error"); });
  if (typeof value === "boolean") {
    const box = make("input", { type: "checkbox", role: "switch", id, checked: value,
      onchange: () => set(box.checked, () => { box.checked = value; }) });
    return box;
  }
  if (values.includes("text")) {
    const box = make("input", { type: "text", id, value, placeholder: "none", spellcheck: "false",
      onchange: () => set(box.value, () => { box.value = value; }) });
    return box;
  }
  const chosen = make("select", { id, onchange: () => set(chosen.value, () => { chosen.value = value; }) },
    ...values.map((one) => make("option", { value: one, selected: one === value }, one)));
  return chosen;
}

const row = (name, label, known) => make("div", { class: "switch", "data-setting": name },
  make("label", { for: `setting-${name}` }, label), control(name, `setting-${name}`, known));

export const settings = (switches) => [
  make("h2", {}, "Tenant settings for guests"),
  make("div", { class: "box gates" }, ...ROWS.filter(([name]) => switches[name]).map(([name, label]) => row(name, label, switches[name]))),
];
