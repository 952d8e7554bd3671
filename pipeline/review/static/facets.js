// Filters of the queue, kept in the address. Counts are always there, and what is empty is a value too.

import { $, block, h } from "./dom.js";

const WORDS = block("words");
const STATES = { open: "open", later: "later", "ask again": "asked again", confirmed: "confirmed", corrected: "corrected", clear: "clear", review: "in review", unreadable: "unreadable" };

export const FACETS = [
  { name: "group", title: "Reason", of: (item) => [String(item.group)], label: (value) => WORDS.groups[Number(value)] },
  { name: "flag", title: "Flag", of: (item) => (item.codes.length ? item.codes.map(String) : ["none"]), label: (value) => WORDS.flags[Number(value)] || "no flag" },
  { name: "field", title: "Field", of: (item) => item.fields, label: (value) => WORDS.fields[value] || value },
  { name: "state", title: "State", of: (item) => [item.where], label: (value) => STATES[value] || value },
  { name: "editor", title: "Last editor", of: (item) => [item.who || "nobody"], label: (value) => value },
];

export function chosen() {
  const query = new URLSearchParams(location.search);
  return Object.fromEntries(FACETS.map((facet) => [facet.name, query.get(facet.name)]).filter(([, value]) => value));
}

function keep(choice) {
  const query = new URLSearchParams(choice);
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
}

export function fits(item, choice, but = "") {
  return FACETS.every((facet) => facet.name === but || !choice[facet.name] || facet.of(item).includes(choice[facet.name]));
}

export function drawFacets(items, change) {
  const choice = chosen();
  const sheets = FACETS.map((facet) => {
    const counts = new Map();
    for (const item of items) {
      if (!fits(item, choice, facet.name)) continue;
      for (const value of new Set(facet.of(item))) counts.set(value, (counts.get(value) || 0) + 1);
    }
    if (choice[facet.name] && !counts.has(choice[facet.name])) counts.set(choice[facet.name], 0);
    const options = [...counts].sort(([a], [b]) => (facet.name === "group" || facet.name === "flag" ? Number(a) - Number(b) : a.localeCompare(b)));
    return h("section", {}, h("h3", {}, facet.title), h("div", { class: "options" }, options.map(([value, count]) => {
      const on = choice[facet.name] === value;
      return h("button", { class: "btn", type: "button", "aria-pressed": String(on), onclick: () => {
        const next = { ...choice };
        if (on) delete next[facet.name];
        else next[facet.name] = value;
        keep(next);
        change();
      } }, facet.label(value), " ", h("span", { class: "count" }, String(count)));
    })));
  });
  const any = Object.keys(choice).length;
  const clear = any ? h("button", { class: "btn", type: "button", onclick: () => { keep({}); change(); } }, "No filter") : null;
  $("facet-sheet").replaceChildren(...sheets, ...(clear ? [clear] : []));
  $("facet-count").textContent = any ? `(${any} on)` : "";
}
