// What every view has: the list of keys, and a place for new returns.

import { setUpAdd } from "./add.js";
import { actionOf, inField, openHelp, setUpHelp } from "./keys.js";

setUpHelp();
setUpAdd();
const tab = document.querySelector(".top nav [aria-current]");
tab?.closest("nav").scrollTo(tab.offsetLeft - 40, 0); // on a phone the tabs are wider than the screen
if (document.body.dataset.view !== "queue") {
  document.addEventListener("keydown", (event) => {
    if (!inField(event.target) && !document.querySelector("dialog[open]") && actionOf(event) === "help") {
      event.preventDefault();
      openHelp();
    }
  });
}
