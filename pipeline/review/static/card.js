// One return's cards as elements. Everything that a key does has a button here that names its key.

import { h } from "./dom.js";

const SIGNS = { open: "●", confirm: "✓", correct: "✎", ask: "✉", aside: "–", later: "…" };
const DONE = { confirm: "confirmed", correct: "corrected", ask: "asked again", aside: "set aside", later: "put off" };

function pieces(list, none = "") {
  if (!list?.length) return h("span", { class: "none" }, none);
  return list.map(([text, differs]) => (differs ? h("mark", {}, text) : text));
}

export function sign(card) {
  const action = card.settled ? card.settled.action : "open";
  const kind = action === "open" ? "open" : action === "ask" ? "asked" : "done";
  return h("span", { class: `mark ${kind}`, "aria-hidden": "true" }, SIGNS[action]);
}

export function folded(card, open) {
  const gist = card.settled ? settledText(card) : card.sentence;
  return h(
    "div", { class: "card" },
    h("button", { class: "card-head", type: "button", onclick: open }, sign(card), h("b", {}, card.name), h("span", { class: "gist" }, gist)),
  );
}

export function settledText(card) {
  const { action, after, after_shown: shown, reason_text: reason, who } = card.settled;
  const value = action === "correct" ? ` to ${shown || after || "empty"}` : reason && action !== "later" ? `: ${reason}` : "";
  return `${DONE[action]}${value} by ${who}`;
}

export function line(one, open) {
  return h("button", { class: "line", type: "button", onclick: open }, h("span", { class: "mark done", "aria-hidden": "true" }, "·"), h("span", { class: "what" }, one.name), h("span", { class: "value" }, one.short));
}

/** The card in focus. `state`: mode (decide, edit, ask, differs), draft, said; `act`: what its buttons do. */
export function opened(card, state, act) {
  const heading = h("h2", { tabindex: "-1", id: "field" }, sign(card), card.name, card.flag ? h("span", { class: "code" }, card.flag.replaceAll("_", " ")) : null);
  const parts = [heading];
  if (card.settled) parts.push(h("p", { class: "sentence" }, `${settledText(card)}.`));
  else if (card.sentence) parts.push(h("p", { class: "sentence" }, card.sentence));
  if (card.quote) parts.push(quoted(card.quote.pieces));
  if (card.proof) parts.push(crop(card.proof, state.image));
  if (!["ask", "accept", "why"].includes(state.mode)) parts.push(facts(card, state));
  if (state.mode === "ask") parts.push(...askParts(card, act));
  else if (state.mode === "accept") parts.push(...acceptParts(card, act));
  else if (state.mode === "why") parts.push(...whyParts(state, act));
  else if (state.mode === "edit") parts.push(...editParts(card, state, act));
  else if (state.mode === "differs") parts.push(...differsParts(card, state, act));
  else parts.push(...decideParts(card, act));
  return h("article", { class: "card now", "aria-labelledby": "field" }, h("div", { class: "open-card" }, parts.filter(Boolean)));
}

/** A field's crop; until it is there, its box says so. */
function crop({ empty }, image) {
  const box = h("div", { class: empty ? "crop empty" : "crop" }, image);
  if (!image.complete || !image.getAttribute("src")) {
    box.classList.add("loading");
    for (const end of ["load", "error"]) image.addEventListener(end, () => box.classList.remove("loading"), { once: true });
  }
  return box;
}

/** The place of a field in the text of a return without pages. */
function quoted([before, text, behind]) {
  return h("blockquote", { class: "quote" }, before, h("b", { class: "filled now" }, text), behind);
}

function facts(card, state) {
  if (!card.field || state.control) return null;
  const rows = [h("dt", {}, "Reading"), h("dd", {}, pieces(card.read, "nothing stands there"))];
  const text = (list) => list.map(([part]) => part).join("");
  const same = text(card.read) && text(card.read) === text(card.value_shown);
  const told = text(card.value_shown) && (!same || card.field === "article");
  if (told && card.field !== "signature") rows.push(h("dt", {}, card.field === "article" ? "Roster" : "Taken as"), h("dd", {}, pieces(card.value_shown)));
  if (card.roster) rows.push(h("dt", {}, "Roster"), h("dd", {}, card.roster));
  return h("dl", { class: "facts" }, rows);
}

function decideParts(card, act) {
  const parts = [];
  if (card.hints?.length && !card.settled) parts.push(h("ul", { class: "hints", "aria-label": "Hints, no proof" }, card.hints.map((words) => h("li", {}, words))));
  if (card.suggestion) {
    const { label, why, value } = card.suggestion;
    parts.push(h("p", { class: "suggestion" }, h("span", {}, `Suggested: ${label}. ${why}`), h("button", { class: "btn", type: "button", onclick: () => act.take(value) }, "Take it")));
  }
  if (card.choices?.length) {
    const long = card.choices.some((choice) => choice.label.length > 34);
    const buttons = card.choices.map((choice, place) =>
      h("li", long ? { class: "wide" } : {},
        h("button", { class: "btn", type: "button", "aria-pressed": choice.current ? "true" : null, onclick: () => act.take(choice.value) },
          h("kbd", {}, String(place + 1)), h("span", { class: "label" }, choice.label), choice.hint ? h("span", { class: "hint", title: choice.hint }, "!", h("span", { class: "sr" }, " fails a check")) : null)));
    parts.push(h("ol", { class: long ? "choices long" : "choices", "aria-label": "Candidates" }, buttons));
  }
  const verbs = [];
  if (card.main && !card.settled) verbs.push(h("button", { class: "btn main", type: "button", onclick: () => act.confirm() }, h("kbd", {}, "Enter"), card.main));
  if (card.settled) verbs.push(h("button", { class: "btn main", type: "button", onclick: () => act.confirm() }, h("kbd", {}, "Enter"), "Go on"));
  if (card.accept && !card.settled) verbs.push(h("button", { class: "btn", type: "button", onclick: () => act.accept() }, h("kbd", {}, "C"), card.accept));
  if (card.typed) verbs.push(h("button", { class: "btn", type: "button", onclick: () => act.edit() }, h("kbd", {}, "E"), "Edit"));
  if (card.reasons.length) verbs.push(h("button", { class: "btn", type: "button", onclick: () => act.ask() }, h("kbd", {}, "A"), card.enter === "ask" ? "Another reason" : "Ask again"));
  parts.push(h("div", { class: "verbs" }, verbs));
  return parts;
}

function askParts(card, act) {
  const buttons = card.reasons.map(([code, words], place) => h("li", {}, h("button", { class: code === card.likely ? "btn likely" : "btn", type: "button", onclick: () => act.reason(code) }, h("kbd", {}, String((place + 1) % 10)), h("span", { class: "label" }, words))));
  return [h("p", {}, "Ask the author again, because"), h("ol", { class: "choices two", "aria-label": "Reasons" }, buttons), h("div", { class: "verbs" }, h("button", { class: "btn", type: "button", onclick: () => act.cancel() }, h("kbd", {}, "Esc"), "Not now"))];
}

function acceptParts(card, act) {
  const ready = card.because.map((words, place) => h("li", {}, h("button", { class: "btn", type: "button", onclick: () => act.accepted(words) }, h("kbd", {}, String(place + 1)), h("span", { class: "label" }, words))));
  const own = h("li", {}, h("button", { class: "btn", type: "button", onclick: () => act.why("accept") }, h("kbd", {}, String(card.because.length + 1)), h("span", { class: "label" }, "another reason")));
  return [h("p", {}, `${card.accept}. Why?`), h("ol", { class: "choices long", "aria-label": "Reasons" }, ready, own), h("div", { class: "verbs" }, h("button", { class: "btn", type: "button", onclick: () => act.cancel() }, h("kbd", {}, "Esc"), "Not now"))];
}

function whyParts(state, act) {
  const asks = state.why === "ask";
  const label = asks ? "What the author should know" : "Why it is accepted";
  const input = h("input", { class: "field-input", id: "edit", maxlength: "400", autocomplete: "off", placeholder: label, "aria-label": label, "aria-describedby": "edit-said" });
  input.value = state.draft;
  input.addEventListener("input", () => act.noted(input.value));
  return [
    h("p", {}, asks ? "These words go into the letter." : "These words go into the log and the manifest."),
    input, h("p", { id: "edit-said" }),
    h("div", { class: "verbs" },
      h("button", { class: "btn main", type: "button", onclick: () => act.keep() }, h("kbd", {}, "Enter"), asks ? "Ask again" : "Accept it"),
      h("button", { class: "btn", type: "button", onclick: () => act.cancel() }, h("kbd", {}, "Esc"), "Not now")),
  ];
}

const HINTS = { date: "2024-06-05 or 5 June 2024", article: "Roster key, or words of the title", author: "As in the roster; several with ; between", signer: "As in the roster" };

function editParts(card, state, act) {
  const input = h("input", { class: "field-input", id: "edit", maxlength: "500", autocomplete: "off", spellcheck: "false", placeholder: HINTS[card.field] || "", "aria-label": `${card.name}, as it should be`, "aria-describedby": "edit-said" });
  input.value = state.draft;
  input.addEventListener("input", () => act.typed(input.value));
  return [
    input,
    h("ul", { class: "choices long", id: "edit-hits" }),
    h("p", { id: "edit-said" }),
    h("div", { class: "verbs" },
      h("button", { class: "btn main", type: "button", onclick: () => act.keep() }, h("kbd", {}, "Enter"), "Keep"),
      state.control && card.field === "date" ? h("button", { class: "btn", type: "button", onclick: () => act.later() }, "Later") : h("button", { class: "btn", type: "button", onclick: () => act.cancel() }, h("kbd", {}, "Esc"), "Restore")),
  ];
}

function differsParts(card, state, act) {
  const choice = (digit, reason, words) => h("li", {}, h("button", { class: "btn", type: "button", onclick: () => act.settleControl(reason) }, h("kbd", {}, digit), h("span", { class: "label" }, words)));
  return [
    h("p", { class: "doubt" }, "The program read something else. Look again: which is right?"),
    h("ol", { class: "choices long", "aria-label": "Which is right" }, choice("1", "mine", `Mine: ${state.differs.yours}`), choice("2", "slip", `The program's: ${state.differs.ours}`)),
  ];
}
