// Keys: which letter does what, on and off, and other letters in their place (WCAG 2.1.4).

import { $, block, h } from "./dom.js";

const KEYS = block("keys");
const STORED = "countersign-keys";
const stored = JSON.parse(localStorage.getItem(STORED) || "{}");

function save() {
  localStorage.setItem(STORED, JSON.stringify(stored));
}

export function keysOn() {
  return stored.off !== true;
}

function keysOf(key) {
  return (stored.map && stored.map[key.action]) || key.keys;
}

function named(event) {
  const control = event.ctrlKey || event.metaKey ? "Ctrl+" : "";
  const shifted = event.shiftKey && /^\p{Lu}$/u.test(event.key) ? "Shift+" : "";
  return control + shifted + event.key;
}

/** The action of a key press, or "" where it means nothing to us. */
export function actionOf(event) {
  if (event.altKey || (event.getModifierState && event.getModifierState("AltGraph"))) return "";
  const name = named(event);
  const lower = name.length === 1 ? name.toLowerCase() : name;
  const found = KEYS.find((key) => keysOf(key).includes(name) || keysOf(key).includes(lower));
  if (!found) return "";
  if (!keysOn() && name.length === 1 && found.action !== "choose") return "";
  return found.action;
}

export function inField(element) {
  return element instanceof HTMLElement && (element.matches("input:not([type=checkbox]), textarea, select") || element.isContentEditable);
}

const CAPS = { " ": "Space", ArrowDown: "↓", ArrowUp: "↑", PageUp: "Page ↑", PageDown: "Page ↓" };

/** What the caps of a key's action say: letters as they stand on a keyboard, a run of digits as one. */
function capsOf(key) {
  const names = keysOf(key);
  const shown = names.length > 2 ? [`${names[0]} to ${names[names.length - 1]}`] : names;
  return shown.map((name) => h("kbd", {}, CAPS[name] || name.replace(/(^|\+)[a-z]$/, (letter) => letter.toUpperCase())));
}

function list() {
  const items = KEYS.map((key) => {
    const shown = h("span", { class: "caps" }, capsOf(key));
    const change = key.fixed ? null : h("button", { class: "btn quiet", type: "button", onclick: (event) => remap(key, event.currentTarget) }, "Change");
    if (change) change.setAttribute("aria-label", `Change the key for: ${key.does}`);
    return h("li", {}, h("span", { class: "does" }, key.does), shown, change);
  });
  $("keylist").replaceChildren(...items);
}

function remap(key, button) {
  button.textContent = "Press a key";
  const take = (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
    document.removeEventListener("keydown", take, true);
    const name = named(event);
    const other = KEYS.find((k) => k !== key && keysOf(k).includes(name));
    if (event.key !== "Escape" && !other) {
      stored.map = { ...stored.map, [key.action]: [name] };
      save();
    }
    list();
    if (other) $("keylist").querySelectorAll("li")[KEYS.indexOf(key)].append(h("span", { class: "wrong" }, `${name} is taken`));
  };
  document.addEventListener("keydown", take, true);
}

export function openHelp() {
  list();
  $("keys-on").checked = keysOn();
  $("help").showModal();
}

export function setUpHelp() {
  $("help-button").addEventListener("click", openHelp);
  $("help-close").addEventListener("click", () => $("help").close());
  $("keys-on").addEventListener("change", (event) => {
    stored.off = !event.target.checked;
    save();
  });
  $("keys-reset").addEventListener("click", () => {
    delete stored.map;
    save();
    list();
  });
  const name = $("who");
  if (!name) return;
  name.value = localStorage.getItem("countersign-who") || name.value;
  name.addEventListener("change", () => localStorage.setItem("countersign-who", name.value.trim()));
}
