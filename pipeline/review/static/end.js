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

for (const button of document.querySelectorAll("[data-make]")) {
  button.addEventListener("click", async () => {
    $("made-said").textContent = "Writing …";
    try {
      $("made-said").textContent = (await post("/api/make", { name: button.dataset.make })).said;
    } catch (error) {
      $("made-said").textContent = error.message;
    }
  });
}
