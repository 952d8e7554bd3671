// A learned form: its blank pages with the fields as boxes, corrected here and saved to form.toml.

import { post } from "./api.js";
import { $, block, h, say } from "./dom.js";
import { Draft } from "./draft.js";
import { actionOf, inField, openHelp, setUpHelp } from "./keys.js";
import { Paper } from "./paper.js";

const form = block("form");
const SOMETHING_ELSE = "";
const WHAT = [["title", "the title of the article"], ["name", "the author’s name"], ["signature", "the author’s signature"], ["date", "the date of the signature"], ["block_name", "the name in print beside the signature"], [SOMETHING_ELSE, "something else"]];
const SHORT = { title: "title", name: "name", signature: "signature", date: "date", block_name: "name in print" };
const ROLES = { optional: "other signer", publisher: "publisher" };

let version = form.version;
let count = 0;
let selected = "";
const entries = new Map(); // key of a box -> its entry in form.toml as it was last saved
const draft = new Draft(form.boxes.map(taken));
const paper = new Paper(form.sizes, { select, placed, drawn, open: () => $("whose").focus() });

function taken({ entry, ...box }) {
  const key = `box-${(count += 1)}`;
  entries.set(key, entry);
  return named({ key, ...box });
}

function named(box) {
  const called = box.whose !== "author" ? ROLES[box.whose] : SHORT[box.name] || box.name || "new field";
  return { ...box, called };
}

// --- changes

function change(boxes, said, run = "") {
  draft.change(boxes, said, run);
  tell(said);
  show();
}

function set(key, values, said, run = "") {
  change(draft.with(key, values).map(named), said, run);
}

function placed(key, zone, run = "") {
  if (draft.find(key).zone.join() === zone.join()) return show();
  if (key !== selected) select(key, "paper");
  set(key, { zone }, `${draft.find(key).called} moved`, run);
}

async function drawn(page, zone) {
  const fresh = taken({ page, zone, label: "", whose: "author", name: "", kind: "text", required: false, signs: false, understood: true, entry: null });
  change([...draft.boxes, fresh], "New field");
  select(fresh.key, "props");
  const names = draft.boxes.filter((box) => box.whose === "author").map((box) => box.name);
  try {
    const found = await post("/api/new", { box: sent(fresh), names });
    const now = draft.find(fresh.key);
    if (!now || now.name || now.label) return;
    const { label, name, kind, required } = found;
    draft.boxes = draft.with(fresh.key, { label, name, kind, required }).map(named); // part of the same step
    show();
    say(`New field: ${draft.find(fresh.key).called}, ${label || "no label is near"}`);
  } catch (error) {
    tell(error.message, true);
  }
}

function remove() {
  const box = draft.find(selected);
  if (!box) return;
  select("");
  change(draft.without(box.key), `${box.called} deleted`);
}

function step(back) {
  const said = back ? draft.undo() : draft.redo();
  if (!said) return;
  if (!draft.find(selected)) selected = "";
  tell(`${back ? "Undone" : "Done again"}: ${said}`);
  show();
}

// --- saving

function sent(box) {
  const { page, zone, label, whose, name, kind, required, signs, understood } = box;
  return { page, zone, label, whose, name: whose === "author" ? name : "", kind, required, signs: signs && name === "name", understood, entry: entries.get(box.key) ?? null };
}

let saving = false;

async function save() {
  if (saving) return;
  saving = true;
  const { boxes } = draft;
  $("saved").textContent = "Saving";
  try {
    const done = await post("/api/form", { version, boxes: boxes.map(sent) });
    version = done.version;
    entries.clear();
    boxes.forEach((box, at) => entries.set(box.key, done.entries[at]));
    draft.saved = boxes;
    draft.run = "";
    form.lacks = done.lacks;
    tell("Saved to form.toml");
  } catch (error) {
    const wrong = boxes[error.box];
    // Of two with one name, the one that is open stays so.
    if (wrong && draft.find(selected)?.name !== wrong.name) select(wrong.key, "list");
    tell(error.message || "The server does not answer: start countersign form edit again.", true);
  } finally {
    saving = false;
    show();
  }
}

window.addEventListener("beforeunload", (event) => {
  if (!draft.isSaved) event.preventDefault();
});

// --- showing

function tell(text, wrong = false) {
  $("last").textContent = text;
  $("last").classList.toggle("wrong", wrong);
}

/** `from`: what the editor used; the focus goes to the box itself, or to what it is. */
function select(key, from = "") {
  selected = key;
  const box = draft.find(key);
  if (box && box.page !== paper.page) paper.turnTo(box.page);
  show();
  if (!box) return;
  paper.reveal(key);
  if (from === "props") $("props-title").focus();
  else paper.focus(key);
}

function show() {
  paper.draw(draft.boxes, selected);
  $("page-number").textContent = `Page ${paper.page} of ${form.sizes.length}`;
  $("page-up").disabled = paper.page === 1;
  $("page-down").disabled = paper.page === form.sizes.length;
  $("undo").disabled = !draft.past.length;
  $("redo").disabled = !draft.future.length;
  $("save").disabled = draft.isSaved;
  const saved = draft.isSaved;
  $("saved").textContent = saved ? "All saved" : "Not saved yet";
  $("saved").classList.toggle("waiting", !saved);
  const fields = draft.boxes.filter((box) => box.whose === "author").length;
  $("progress").textContent = `${fields} ${fields === 1 ? "field" : "fields"}`;
  showList();
  showProps();
}

function showList() {
  const sheets = form.sizes.map((_, at) => draft.boxes.filter((box) => box.page === at + 1).sort((a, b) => a.zone[1] - b.zone[1] || a.zone[0] - b.zone[0]));
  const parts = sheets.flatMap((boxes, at) => [
    form.sizes.length > 1 ? h("h2", { class: "sub" }, `Page ${at + 1}${boxes.length ? "" : ": no field"}`) : null,
    h("ul", {}, boxes.map((box) => h("li", {}, row(box)))),
  ]);
  const focused = $("list").contains(document.activeElement) ? document.activeElement.dataset.row : "";
  $("list").replaceChildren(...parts.filter(Boolean));
  if (focused) $("list").querySelector(`[data-row="${focused}"]`)?.focus();
  const names = new Set(draft.boxes.filter((box) => box.whose === "author").map((box) => box.name));
  const lacking = ["signature", "title", "name", "date"].filter((name) => !names.has(name));
  $("lacks").replaceChildren(...lacking.map((name) => h("li", { class: name === "signature" ? "wrong" : "doubt" }, name === "signature" ? "No field is the author’s signature, and without one the form can’t be used. Add it." : `No field is ${form.called[name]}. If the form asks for it, add it.`)));
}

function row(box) {
  const mark = box.understood || box.whose !== "author" ? "■" : "?";
  return h("button", { class: `line field-line${box.key === selected ? " chosen" : ""}`, type: "button", "data-row": box.key, "aria-current": box.key === selected ? "true" : null, onclick: () => select(box.key, "props") },
    h("span", { class: `mark ${box.whose === "author" ? box.kind : "others"}`, "aria-hidden": "true" }, mark), h("span", { class: "value" }, h("b", {}, box.called), ` ${box.label}`));
}

function showProps() {
  const box = draft.find(selected);
  $("props").hidden = !box;
  if (!box) return;
  const own = box.whose === "author";
  const known = own && box.name in form.kinds && !other.has(box.key);
  $("props-title").textContent = `${box.called}, page ${box.page}`;
  $("unclear").hidden = box.understood || !own;
  $("whose").value = box.whose;
  $("what").value = known ? box.name : SOMETHING_ELSE;
  for (const part of document.querySelectorAll(".of-author")) part.hidden = !own;
  for (const part of document.querySelectorAll(".of-other")) part.hidden = !own || known;
  document.querySelector(".of-name").hidden = !own || box.name !== "name";
  for (const [id, value] of [["name", box.name], ["kind", box.kind], ["label", box.label]]) if ($(id) !== document.activeElement) $(id).value = value;
  $("required").checked = box.required;
  $("signs").checked = box.signs;
  ["x0", "y0", "x1", "y1"].forEach((id, at) => {
    if ($(id) !== document.activeElement) $(id).value = box.zone[at];
  });
}

// --- what a box is

const other = new Set(); // boxes of which somebody said "something else", until they have a name
$("what").append(...WHAT.map(([value, text]) => h("option", { value }, text)));
$("what").addEventListener("change", (event) => {
  const name = event.target.value;
  other.delete(selected);
  if (name === SOMETHING_ELSE) set(selected, { name: "", signs: false, understood: true }, "Something else");
  else set(selected, { name, kind: form.kinds[name], required: true, signs: false, understood: true }, `This is ${form.called[name]}`);
  if (name === SOMETHING_ELSE) $("name").focus();
});
$("whose").addEventListener("change", (event) => {
  const whose = event.target.value;
  set(selected, whose === "author" ? { whose } : { whose, kind: "signature", required: false, signs: false }, whose === "author" ? "The author’s" : ROLES[whose]);
});
$("name").addEventListener("input", (event) => {
  const name = event.target.value.trim();
  if (name in form.kinds) other.add(selected);
  set(selected, { name, kind: form.kinds[name] || draft.find(selected).kind, understood: true }, `Called ${name}`, `name ${selected}`);
});
$("label").addEventListener("input", (event) => set(selected, { label: event.target.value }, "Label changed", `label ${selected}`));
$("kind").addEventListener("change", (event) => set(selected, { kind: event.target.value }, `Kind: ${event.target.value}`));
for (const id of ["required", "signs"]) $(id).addEventListener("change", (event) => set(selected, { [id]: event.target.checked }, "Changed"));
["x0", "y0", "x1", "y1"].forEach((id, at) => $(id).addEventListener("change", (event) => {
  const value = Number.parseFloat(event.target.value);
  if (!Number.isFinite(value)) return showProps();
  set(selected, { zone: draft.find(selected).zone.map((old, place) => (place === at ? value : old)) }, `${draft.find(selected).called} moved`);
}));
$("props").addEventListener("submit", (event) => event.preventDefault());
$("delete").addEventListener("click", remove);
$("close").addEventListener("click", () => select(""));

// --- buttons and keys

function turn(by) {
  selected = "";
  paper.turnTo(paper.page + by);
  show();
}

function walk(by) {
  const order = [...document.querySelectorAll("[data-row]")].map((one) => one.dataset.row);
  if (!order.length) return;
  const at = order.indexOf(selected);
  select(order[at < 0 ? (by > 0 ? 0 : order.length - 1) : (at + by + order.length) % order.length], "list");
}

const ACTIONS = {
  add: () => drawn(paper.page, paper.middle()),
  delete: remove,
  next: () => walk(1),
  previous: () => walk(-1),
  edit: () => selected && $("whose").focus(),
  undo: () => step(true),
  redo: () => step(false),
  save,
  "zoom-in": () => paper.zoomTo(paper.zoom * 1.25),
  "zoom-out": () => paper.zoomTo(paper.zoom / 1.25),
  fit: () => paper.zoomTo(1),
  "page-up": () => turn(-1),
  "page-down": () => turn(1),
  help: openHelp,
};

for (const [id, action] of [["add-field", "add"], ["undo", "undo"], ["redo", "redo"], ["save", "save"], ["zoom-in", "zoom-in"], ["zoom-out", "zoom-out"], ["fit", "fit"], ["page-up", "page-up"], ["page-down", "page-down"]]) {
  $(id).addEventListener("click", () => ACTIONS[action]());
}
document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Escape" && selected) {
    const key = selected;
    if (inField(event.target)) return paper.focus(key);
    return select("");
  }
  const action = actionOf(event);
  if (!ACTIONS[action] || (inField(event.target) && action !== "save") || (inField(event.target) && !event.ctrlKey)) return;
  event.preventDefault();
  ACTIONS[action]();
});

setUpHelp();
show();
document.body.dataset.ready = "1";
