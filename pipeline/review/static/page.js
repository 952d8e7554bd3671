// What every view has: the list of keys.

import { actionOf, inField, openHelp, setUpHelp } from "./keys.js";

setUpHelp();
if (document.body.dataset.view !== "queue") {
  document.addEventListener("keydown", (event) => {
    if (!inField(event.target) && !document.querySelector("dialog[open]") && actionOf(event) === "help") {
      event.preventDefault();
      openHelp();
    }
  });
}
