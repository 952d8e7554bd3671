// The end page: export.

import { post } from "./api.js";
import { $, h } from "./dom.js";
import "./page.js";

for (const button of document.querySelectorAll("[data-export]")) {
  button.addEventListener("click", async () => {
    try {
      const { file } = await post("/api/export", { kind: button.dataset.export });
      $("export-said").replaceChildren(`Written to the results folder: ${file}. `, h("a", { href: `/file/${button.dataset.export}`, download: file }, "Download it"));
    } catch (error) {
      $("export-said").textContent = error.message;
    }
  });
}

async function make(name, partial = false) {
  $("made-said").textContent = "Writing …";
  try {
    $("made-said").textContent = (await post("/api/make", { name, partial })).said;
  } catch (error) {
    const anyway = h("button", { class: "btn", type: "button", onclick: () => make(name, true) }, "Pack what is in order");
    $("made-said").replaceChildren(h("span", { class: "told" }, error.message), error.code === "incomplete" ? anyway : "");
  }
}

for (const button of document.querySelectorAll("[data-make]")) button.addEventListener("click", () => make(button.dataset.make));
