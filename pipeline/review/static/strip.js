// The signature strip: mark the odd ones, settle the rest once the whole sheet was in view.

import { post, step, who } from "./api.js";
import { $ } from "./dom.js";
import "./page.js";

const cells = [...document.querySelectorAll("button.cell")];
const settle = $("settle");
const seen = new Set();

function count() {
  const odd = cells.filter((cell) => cell.getAttribute("aria-pressed") === "true");
  settle.disabled = seen.size < cells.length || !cells.length;
  const rest = cells.length - odd.length;
  settle.textContent = settle.disabled ? "Look through the sheet first" : `${rest} seen${odd.length ? `, ${odd.length} odd` : ""}: note it, next sheet`;
}

const watch = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) seen.add(entry.target);
  count();
}, { threshold: 0.9 });

for (const cell of cells) {
  watch.observe(cell);
  cell.addEventListener("click", () => {
    const odd = cell.getAttribute("aria-pressed") !== "true";
    cell.setAttribute("aria-pressed", String(odd));
    cell.querySelector(".state").textContent = odd ? "odd" : "present";
    count();
  });
}

settle?.addEventListener("click", async () => {
  const part = (odd) => Object.fromEntries(cells.filter((c) => (c.getAttribute("aria-pressed") === "true") === odd).map((c) => [c.dataset.number, Number(c.dataset.version)]));
  settle.disabled = true;
  try {
    const reply = await post("/api/sheet", { step: step(), who: who(), present: part(false), odd: part(true) });
    $("strip-said").textContent = `Saved: ${reply.seen} seen, ${reply.odd} into the queue.`;
    setTimeout(() => location.reload(), 700);
  } catch (error) {
    $("strip-said").textContent = error.message;
    settle.disabled = false;
  }
});
count();
