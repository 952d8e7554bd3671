// The mail that a return came in: plain text, fetched when somebody opens it.

import { get } from "./api.js";
import { $ } from "./dom.js";

let shown = 0; // the return whose mail is in the pane
let now = 0;

export function draw(record) {
  $("mail").hidden = !record.mail;
  if (!record.mail) return;
  const { sender, received } = record.mail;
  $("mail-said").textContent = ["The mail it came in", sender, received].filter(Boolean).join(" · ");
  now = record.number;
  if (now !== shown) {
    shown = 0;
    $("mail-subject").textContent = "";
    $("mail-text").textContent = "";
  }
  if ($("mail").open) fetchMail();
}

export function toggle() {
  if ($("mail").hidden) return;
  $("mail").open = !$("mail").open;
  $("mail").scrollIntoView({ block: "nearest" });
}

async function fetchMail() {
  const number = now;
  if (number === shown) return;
  shown = number;
  $("mail-text").textContent = "Loading";
  const { subject, text } = await get(`/api/mail/${number}`).catch((error) => ({ subject: "", text: error.message }));
  if (number !== now) return;
  $("mail-subject").textContent = subject;
  $("mail-text").textContent = text || "The mail has no text.";
  $("mail").scrollIntoView({ block: "nearest" });
}

export function setUp() {
  $("mail").addEventListener("toggle", () => $("mail").open && fetchMail());
}
