// The seat plan: an empty seat is given one of the returns that are for no article yet, by one key.

import { get, post, step, who } from "./api.js";
import { $, h, say } from "./dom.js";
import "./page.js";

let now = null; // { article, returns }

async function open(article) {
  try {
    const { title, authors, returns, more } = await get(`/api/unassigned?article=${encodeURIComponent(article)}`);
    now = { article, returns };
    $("seat-title").textContent = `Which return is for ${article}?`;
    $("seat-about").textContent = `${title} (${authors})`;
    $("offers").replaceChildren(...returns.map(offer));
    const none = "Every return is for an article. Add this one's when it comes, or write to the author from Finish.";
    $("offers-said").textContent = !returns.length ? none : more ? `${more} more are in the queue.` : "";
    $("seat").showModal();
  } catch (error) {
    tell(error.message);
  }
}

function offer(one, place) {
  const crops = one.crops.map((address) => h("img", { src: address, alt: "", loading: "lazy" }));
  return h("li", {},
    h("button", { class: "offer", type: "button", onclick: () => take(one) },
      place < 9 ? h("kbd", {}, String(place + 1)) : h("span", {}),
      h("span", { class: "words" },
        h("b", {}, one.file),
        one.read ? h("span", { class: "read" }, one.read) : null,
        one.why.map((why) => h("span", { class: "why" }, why)),
        crops.length ? h("span", { class: "proofs" }, crops) : null)),
    h("a", { class: "btn quiet", href: `/queue?open=${one.number}` }, "Look at it"));
}

async function take({ number, version, key, file }) {
  const { article } = now;
  const body = { number, version, step: step(), who: who(), key, action: "correct", value: article };
  $("seat").close();
  try {
    const { record } = await post("/api/answer", body);
    const entry = record.history.find((one) => one.group === body.step);
    const open_ = record.where === "open" ? "; it still has open questions" : "";
    tell(`${file} is for ${article}${open_}. `, h("a", { href: `/queue?open=${number}` }, "Open it"), " ",
      h("button", { class: "btn", type: "button", onclick: () => undo(number, record.version, entry.id) }, "Undo"));
    await draw();
  } catch (error) {
    tell(error.message);
  }
}

async function undo(number, version, entry) {
  try {
    await post("/api/undo", { number, version, entry, step: step(), who: who() });
    tell("Undone.");
    await draw();
  } catch (error) {
    tell(error.message);
  }
}

function tell(...parts) {
  $("seat-said").replaceChildren(...parts);
  say($("seat-said").textContent);
}

/** The plan as it is now. */
async function draw() {
  const response = await fetch(location.href);
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  $("plan").replaceWith(fresh.getElementById("plan"));
}

document.addEventListener("click", (event) => {
  const seat = event.target.closest("[data-article]");
  if (seat) open(seat.dataset.article);
});
$("seat-close").addEventListener("click", () => $("seat").close());
$("seat").addEventListener("keydown", (event) => {
  const one = /^[1-9]$/.test(event.key) && !event.repeat && now.returns[Number(event.key) - 1];
  if (!one || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  take(one);
});
