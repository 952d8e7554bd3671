// What every view has: the list of keys, and a place for new returns.

import { setUpAdd } from "./add.js";
import { actionOf, inField, openHelp, setUpHelp } from "./keys.js";

setUpHelp();
setUpAdd();
if (document.body.dataset.view !== "queue") {
  document.addEventListener("keydown", (event) => {
    if (!inField(event.target) && !document.querySelector("dialog[open]") && actionOf(event) === "help") {
      event.preventDefault();
      openHelp();
    }
  });
}
