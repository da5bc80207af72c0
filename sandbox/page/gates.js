// Conditional Access in the right pane: the tenant's policies with their states, and the places that it has named.

import { make, post, toast } from "/page/api.js";

const STATES = [["enabled", "On"], ["enabledForReportingButNotEnforced", "Report-only"], ["disabled", "Off"]];
const BY_SWITCH = "Guests: MFA";  // it has a switch of its own

const sent = (path, body, back) => post(path, body).catch((error) => { back(); toast(error.message, "error"); });

function mfaSwitch(on) {
  const box = make("input", {
    type: "checkbox", role: "switch", id: "mfa", checked: on,
    onchange: () => sent("/sandbox/switches", { guestMfa: box.checked }, () => { box.checked = !box.checked; }),
  });
  return make("div", { class: "switch" }, make("label", { for: "mfa" }, BY_SWITCH), box);
}

// As an admin in the portal would: what is chosen counts at the next sign-in.
function policyRow(policy) {
  if (policy.displayName === BY_SWITCH && policy.state !== STATES[1][0]) return mfaSwitch(policy.state === "enabled");
  const id = `policy-${policy.id}`;
  const chosen = make("select", {
    id, onchange: () => sent("/sandbox/act", { act: "setPolicy", policy: policy.id, state: chosen.value },
      () => { chosen.value = policy.state; }),
  }, ...STATES.map(([value, label]) => make("option", { value, selected: value === policy.state }, label)));
  return make("div", { class: "switch", "data-policy": policy.displayName },
    make("label", { for: id }, policy.displayName), chosen);
}

const inIt = (place) => (place.ipRanges ?? []).map((range) => range.cidrAddress).concat(place.countriesAndRegions ?? []).join(", ");

const placeRow = (place) => make("li", {}, make("b", {}, place.displayName), ` · ${inIt(place)}`,
  place.isTrusted && make("span", { class: "muted" }, " · trusted"));

export const gates = (policies, places) => [
  make("h2", {}, "Conditional Access"),
  make("div", { class: "box gates" }, ...policies.map(policyRow),
    make("p", { class: "muted" }, "Named locations"), make("ul", {}, ...places.map(placeRow))),
];
