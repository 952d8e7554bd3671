// Returns that are dropped on the page, or chosen: each into the folder that was read, then a run reads what is new.

import { get, post, upload } from "./api.js";
import { $, h, say } from "./dom.js";

const LOOK_MS = 700; // between two looks at how far the run is
let depth = 0; // of elements that a drag has entered
let pending = Promise.resolve(); // files go one after the other

function carriesFiles(event) {
  return event.dataTransfer?.types.includes("Files");
}

/** The files of a drop; a folder comes as an entry that can't be read as one. */
function filesOf(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  return items.map((item) => ({ file: item.getAsFile(), folder: item.webkitGetAsEntry?.()?.isDirectory })).filter((one) => one.file);
}

function open() {
  if (!$("add").open) $("add").showModal();
}

function take(files) {
  open();
  if (!files.length) $("run-said").textContent = "Nothing there is a file. Save a mail as a file first, then drop that.";
  for (const one of files) {
    const state = h("span", { class: "state" }, "waits");
    $("added").append(h("li", {}, h("span", { class: "name" }, one.file.name), state));
    pending = pending.then(() => send(one, state));
  }
  pending.then(afterwards);
}

async function send({ file, folder }, state) {
  if (folder) {
    state.className = "state wrong";
    state.textContent = "This is a folder: drop the files in it, or a ZIP archive of it.";
    return;
  }
  state.textContent = "on its way";
  try {
    const { said, taken } = await upload(`/api/add?name=${encodeURIComponent(file.name.slice(-400))}`, file);
    state.textContent = said;
    state.className = taken ? "state good" : "state";
    if (taken) take.waiting = true;
  } catch (error) {
    state.className = "state wrong";
    state.textContent = error.message || "The server does not answer.";
  }
}

async function afterwards() {
  say([...$("added").children].map((one) => one.textContent).join("; "));
  if (!take.waiting) return;
  take.waiting = false;
  await read();
}

async function read() {
  $("run-again").hidden = true;
  try {
    await post("/api/run", {});
    follow();
  } catch (error) {
    ended(error.message, true);
  }
}

async function follow() {
  const now = await get("/api/run").catch(() => null);
  if (now && !now.running) return ended(now.said, now.failed);
  const count = now?.total ? ` ${now.done} of ${now.total}` : "";
  $("run-said").className = "";
  $("run-said").textContent = now ? `Reading${count} …` : "The server does not answer.";
  $("run-bar").hidden = false;
  if (now?.total) {
    $("run-bar").max = now.total;
    $("run-bar").value = now.done;
  } else $("run-bar").removeAttribute("value");
  setTimeout(follow, LOOK_MS);
  return null;
}

function ended(said, failed) {
  $("run-bar").hidden = true;
  $("run-said").className = failed ? "wrong" : "good";
  $("run-said").textContent = said;
  $("run-again").hidden = !failed;
  $("run-show").hidden = failed;
  say(said);
}

export function setUpAdd() {
  $("add-button").addEventListener("click", open);
  $("add-close").addEventListener("click", () => $("add").close());
  $("add-files").addEventListener("change", (event) => {
    take([...event.target.files].map((file) => ({ file })));
    event.target.value = "";
  });
  $("run-again").addEventListener("click", read);
  $("run-show").addEventListener("click", () => location.reload());
  document.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    depth += 1;
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!carriesFiles(event)) return;
    depth = Math.max(0, depth - 1);
    document.body.classList.toggle("dropping", depth > 0);
  });
  document.addEventListener("dragover", (event) => {
    if (carriesFiles(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    document.body.classList.remove("dropping");
    take(filesOf(event.dataTransfer));
  });
}
