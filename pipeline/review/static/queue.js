// The queue: one return at a time. Decisions are shown at once and written in the background; the next returns are
// fetched, and their crops decoded, before they are asked for. Fetching changes no state.

import { get, post, step, who } from "./api.js";
import { folded, line, opened } from "./card.js";
import { $, block, h, say } from "./dom.js";
import { chosen, drawFacets, fits } from "./facets.js";
import * as mail from "./mail.js";
import { actionOf, inField, openHelp } from "./keys.js";
import { Outbox } from "./outbox.js";
import "./page.js";
import { Pair } from "./pair.js";
import { picture, plan } from "./pictures.js";
import { fieldOf } from "./viewer.js";

const AHEAD = 8; // records and crops; asked for anew when half of them are used up
const PAGES_AHEAD = 3;
const RENEW_MS = 15000;
const SAMPLES = block("words").groups.length - 1; // the group of the control samples
const TIMED = 20; // returns before a time is told

const viewer = new Pair();
const ready = new Map(); // number -> record
const fetching = new Map(); // number -> promise of a record
const clashes = new Map(); // number -> { body, fresh }
const finished = []; // times at which returns were finished
let items = [];
let byNumber = new Map();
let claims = {};
let last = 0;
let listed = 0; // how many returns the server's queue has, as far as we know
let now = { record: null, key: "", mode: "decide", draft: "", differs: null, beside: null };
let done = JSON.parse(sessionStorage.getItem("countersign-done") || "[]");
let undone = [];

// --- items

function item([number, group, codes, where, fields, file, version, editor]) {
  return { number, group, codes, where, fields, file, version, who: editor };
}

function takeItems(lists) {
  for (const one of lists.map(item)) {
    const old = byNumber.get(one.number);
    if (old) Object.assign(old, outbox.pendingOf(one.number) ? { who: one.who } : one);
    else {
      items.push(one);
      byNumber.set(one.number, one);
    }
  }
}

function shown() {
  const choice = chosen();
  return items.filter((one) => fits(one, choice));
}

function around(number, by) {
  const list = shown();
  const at = list.findIndex((one) => one.number === number);
  if (at < 0) {
    const place = items.findIndex((one) => one.number === number);
    const rest = items.slice(place + 1).find((one) => list.includes(one));
    return by > 0 ? rest || list[0] : list[0];
  }
  return list[at + by];
}

/** Returns to decide on, from the one after `number` on and round to it again. */
function upcoming(number) {
  const list = shown();
  const at = list.findIndex((one) => one.number === number);
  const round = [...list.slice(at + 1), ...list.slice(0, Math.max(at, 0))];
  const clashed = round.filter((one) => clashes.has(one.number));
  return [...clashed, ...round.filter((one) => one.where === "open" && !claims[one.number] && !clashes.has(one.number))];
}

// --- fetching

function isFresh(number) {
  const known = ready.get(number);
  return known && (known.version >= (byNumber.get(number)?.version ?? 0) || outbox.pendingOf(number));
}

/** Records by their numbers in one request; known ones are not asked for again. */
function fetchRecords(numbers) {
  const wanted = numbers.filter((number) => !isFresh(number) && !fetching.has(number));
  if (wanted.length) {
    const asked = get(`/api/returns?${wanted.map((number) => `n=${number}`).join("&")}`).then((records) => {
      for (const record of records) {
        if (!outbox.pendingOf(record.number)) ready.set(record.number, record);
      }
    }).finally(() => wanted.forEach((number) => fetching.delete(number)));
    wanted.forEach((number) => fetching.set(number, asked));
  }
  return Promise.all(numbers.map((number) => fetching.get(number)));
}

async function fetchRecord(number) {
  if (!isFresh(number)) await fetchRecords([number]);
  const record = ready.get(number);
  if (!record) throw new Error("This return is not in the table any more.");
  return record;
}

function prefetch() {
  const number = now.record.number;
  const next = upcoming(number).slice(0, AHEAD).map((one) => one.number);
  const beside = [around(number, 1), around(number, -1)].filter(Boolean).map((one) => one.number);
  const wanted = [...new Set([...next, ...beside])];
  if (next.slice(0, AHEAD / 2).some((one) => !isFresh(one) && !fetching.has(one)) || beside.some((one) => !isFresh(one))) {
    fetchRecords(wanted).then(() => picturesAhead(next, beside)).catch(() => {});
  }
  picturesAhead(next, beside);
  if (ready.size > 80) {
    const keep = new Set([number, ...wanted]);
    for (const old of [...ready.keys()].slice(0, 40)) if (!keep.has(old) && !outbox.pendingOf(old)) ready.delete(old);
  }
}

function picturesAhead(next, beside) {
  const records = next.map((number) => ready.get(number)).filter(Boolean);
  const others = beside.map((number) => ready.get(number)).filter(Boolean);
  const cards = [...now.record.cards, ...records.flatMap((record) => record.cards), ...others.flatMap((record) => record.cards)];
  const own = cardOf(now.key)?.proof?.src;
  plan("crops", [...new Set([own, ...cards.map((card) => card.proof?.src)].filter(Boolean))]);
  viewer.prefetch(records.slice(0, PAGES_AHEAD));
}

// --- showing

function cardOf(key) {
  const { record } = now;
  return record.cards.find((card) => card.key === key) || record.lines.find((one) => one.key === key) || null;
}

async function show(number, key = "", since = 0) {
  const record = isFresh(number) ? ready.get(number) : await fetchRecord(number).catch((error) => fail(error));
  if (!record) return;
  const first = record.cards.find((card) => !card.settled) || record.cards[0];
  now = { record, key: key || first?.key || "", mode: "decide", draft: "", differs: null, beside: null };
  sessionStorage.setItem("countersign-at", String(number));
  if (record.control && !first.choices.length) now.mode = "edit";
  render(since);
  here();
  prefetch();
}

/** Whether the other return is shown beside this one: as was asked for, else where the question is about both. */
function isBeside() {
  return now.beside ?? Boolean(now.record.rival && cardOf(now.key)?.both);
}

function fail(error) {
  $("where").textContent = error.message;
  return null;
}

function render(since = 0) {
  const { record } = now;
  const card = cardOf(now.key);
  $("main").dataset.number = record.number;
  $("main").dataset.mode = clashes.has(record.number) ? "clash" : now.mode;
  $("main").dataset.key = now.key;
  $("heading").textContent = record.heading;
  $("heading").title = record.heading;
  $("sub").textContent = [record.file === record.heading ? "" : record.file, record.article, record.authors?.join(", ")].filter(Boolean).join(" · ");
  $("sub").title = $("sub").textContent;
  $("sub").hidden = !$("sub").textContent;
  const state = { mode: now.mode, draft: now.draft, why: now.why, differs: now.differs, control: record.control, image: card?.proof && picture(card.proof.src, card.proof.alt) };
  $("cards").replaceChildren(...record.cards.map((one) => (one.key === now.key ? opened(one, state, acts) : folded(one, () => focusCard(one.key)))));
  $("lines").replaceChildren(...record.lines.map((one) => (one.key === now.key ? opened(one, state, acts) : line(one, () => focusCard(one.key)))));
  if (!record.cards.length) $("cards").replaceChildren(h("p", { class: "notes" }, "Nothing is asked about this return."));
  $("notes").replaceChildren(...record.notes.map((note) => h("li", {}, note)));
  drawHistory();
  mail.draw(record);
  drawClash();
  drawBars();
  viewer.show(record, fieldOf(card), isBeside());
  $("swap").hidden = !record.rival;
  $("swap").setAttribute("aria-pressed", String(isBeside()));
  $("keep-other").hidden = !record.rival?.same_article;
  $("keep-other").onclick = () => acts.keepOne(record.rival);
  $("open-other").onclick = () => record.rival && show(record.rival.number);
  const typing = now.mode === "edit" || now.mode === "why";
  const target = typing ? $("edit") : $("field") || $("heading");
  target.focus({ preventScroll: true });
  target.closest(".card")?.scrollIntoView({ block: "nearest" });
  if (now.mode === "edit" && now.draft) target.select();
  if (card?.proof) plan("crops", [card.proof.src]);
  if (since) painted(since, state.image);
}

/** Note when what was just drawn is on the screen, its crop included. */
function painted(since, image) {
  const number = now.record.number;
  const end = () => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => performance.measure("painted", { start: since, end: performance.now(), detail: number });
    channel.port2.postMessage(0);
  });
  if (!image || (image.complete && image.getAttribute("src"))) end();
  else image.addEventListener("load", end, { once: true });
}

function drawHistory() {
  const entries = now.record.history.filter((one) => one.action !== "undo");
  const taken = new Set();
  for (const one of [...now.record.history].reverse()) if (one.action === "undo" && !taken.has(one.id)) taken.add(one.undo_of);
  $("history").hidden = !entries.length;
  $("entries").replaceChildren(...entries.map((one) => h("li", { class: taken.has(one.id) ? "gone" : null },
    h("span", { class: "then" }, `${one.at.slice(0, 16).replace("T", " ")} ${one.who}: ${[one.did, one.change, one.reason_text].filter(Boolean).join(", ")}`),
    taken.has(one.id) ? null : h("button", { class: "btn", type: "button", onclick: () => undoEntry(one.id) }, "Undo"))));
}

function drawClash() {
  const clash = clashes.get(now.record.number);
  if (!clash) return $("clash").replaceChildren();
  const theirs = clash.fresh.cards.find((card) => card.key === clash.body.key)?.settled;
  const options = [
    ["yours", `Yours: ${clash.body.action} ${clash.body.value || clash.body.reason}`],
    ["theirs", `${theirs?.who || "Theirs"}: ${theirs?.action || "?"} ${theirs?.after || ""}`],
    ["reading", "Neither: leave the reading and ask again later"],
  ];
  $("clash").replaceChildren(h("div", { class: "panel", role: "group", "aria-label": "Two decisions on one field" },
    h("p", {}, `${theirs?.who || "Somebody else"} decided on this field at the same time. Nothing was overwritten. Which stands?`),
    h("ol", { class: "choices long" }, options.map(([name, words], place) => h("li", {}, h("button", { class: "btn", type: "button", onclick: () => settleClash(name) }, h("kbd", {}, String(place + 1)), words))))));
}

function drawBars() {
  const list = shown();
  const at = list.findIndex((one) => one.number === now.record?.number);
  const count = (where) => items.filter((one) => one.where === where).length;
  const place = at >= 0 ? `${at + 1} of ${list.length}` : "not in the queue";
  const other = claims[now.record?.number];
  $("where").replaceChildren(h("strong", {}, place), ` · ${now.record?.group || ""}`, other ? ` · ${other} has this open` : "");
  const told = ["ask again", "set aside", "later"].filter(count).map((where) => `, ${count(where)} ${where}`).join("");
  const unsaved = outbox.items.length ? `, ${outbox.items.length} unsaved` : "";
  $("progress").textContent = `${leftText()}${told}${unsaved}${timeLeft(count("open"))}`;
  const latest = done[done.length - 1];
  $("last").textContent = latest ? `Last: ${latest.text}` : "";
  $("undo").disabled = !done.length;
  $("redo").disabled = !undone.length;
  if ($("facets").open) drawFacets(items, facetsChanged);
}

/** How many returns need somebody, as the terminal counts them; control samples, which nothing is wrong with, apart. */
function leftText() {
  const waits = (one) => one.where === "open" || one.where === "later";
  const samples = items.filter((one) => one.group === SAMPLES);
  const flagged = items.filter((one) => one.group !== SAMPLES);
  const looks = samples.filter(waits).length;
  const more = looks ? `, ${looks} control ${looks === 1 ? "sample" : "samples"}` : "";
  const left = flagged.filter(waits).length;
  return `${left} of ${flagged.length} ${left === 1 ? "needs" : "need"} you${more}`;
}

function timeLeft(left) {
  if (finished.length <= TIMED || !left) return "";
  const gaps = finished.slice(1).map((time, place) => time - finished[place]).sort((a, b) => a - b);
  const minutes = (share) => Math.max(1, Math.round((gaps[Math.floor(gaps.length * share)] * left) / 60000));
  return `, ${minutes(0.25)} to ${minutes(0.75) + 1} min`;
}

function saved(count, failed) {
  const box = $("saved");
  if (!count && clashes.size) {
    box.className = "saved failed";
    box.textContent = "Not saved: choose which decision stands";
    return;
  }
  box.className = failed ? "saved failed" : count ? "saved waiting" : "saved";
  box.textContent = failed ? `${count} unsaved: ${failed === true ? "the server does not answer." : failed} Trying again.` : count ? `Saving ${count}` : "All saved";
}

// --- deciding

const DID = { confirm: "confirmed", correct: "corrected", ask: "asked again", aside: "set aside", later: "put off" };

async function send(action, { value = "", reason = "", wait = false, key = now.key } = {}, since = 0) {
  const { record } = now;
  const card = key ? cardOf(key) : null;
  const body = { number: record.number, version: record.version + outbox.pendingOf(record.number), step: step(), who: who(), key, action, value, reason };
  const text = `${card ? card.name : "Return"} ${DID[action]}, ${record.file || "control sample"}`;
  const written = outbox.add({ path: "/api/answer", body });
  undone = [];
  if (!wait) {
    if (card) card.settled = { action, after: value, reason_text: reason, who: "you" };
    remember({ number: record.number, step: body.step, text });
    settleItem(record, action);
    advance(since);
    return true;
  }
  const reply = await written;
  if (!reply || reply.differs) {
    if (reply) Object.assign(now, { mode: "differs", differs: reply.differs });
    if (reply) render();
    return false;
  }
  remember({ number: record.number, step: body.step, text });
  if (now.record.number === record.number) {
    now.record = ready.get(record.number);
    settleItem(now.record, action);
    advance(since);
  }
  return true;
}

function remember(entry) {
  done.push(entry);
  done = done.slice(-200);
  sessionStorage.setItem("countersign-done", JSON.stringify(done));
}

function settleItem(record, action) {
  const one = byNumber.get(record.number);
  if (!one) return;
  const open = record.cards.some((card) => !card.settled);
  const taken = [...record.cards.map((card) => card.settled?.action), action];
  const before = one.where;
  if (action === "later") one.where = "later";
  else if (taken.includes("aside")) one.where = "set aside";
  else if (taken.includes("ask")) one.where = "ask again";
  else if (open && !record.control) one.where = "open";
  else one.where = taken.includes("correct") ? "corrected" : "confirmed";
  if (before === "open" && one.where !== "open" && action !== "later") finished.push(Date.now());
}

async function advance(since) {
  const { record } = now;
  const one = byNumber.get(record.number);
  const at = record.cards.findIndex((card) => card.key === now.key);
  const open = [...record.cards.slice(at + 1), ...record.cards.slice(0, Math.max(at, 0))].find((card) => !card.settled);
  if (open && !record.control && !["later", "set aside"].includes(one?.where)) return focusCard(open.key, since);
  const next = upcoming(record.number)[0];
  if (next) {
    show(next.number, "", since);
    const list = shown();
    say(`Return ${list.indexOf(next) + 1} of ${list.length}`);
    return;
  }
  render();
  await outbox.flushed();
  if (!upcoming(record.number).length && !clashes.size && one?.where !== "open") location.assign("/end");
}

function focusCard(key, since = 0) {
  Object.assign(now, { key, mode: "decide", draft: "", differs: null });
  render(since);
  say(`${cardOf(key)?.name || ""}: ${cardOf(key)?.sentence || ""}`);
}

const acts = {
  confirm(since = 0) {
    const card = cardOf(now.key);
    if (!card) return advance(since);
    if (card.settled) return advance(since);
    if (now.record.control) return null;
    if (card.enter === "ask") return send("ask", { reason: card.likely }, since);
    return send(card.enter, {}, since);
  },
  accept() {
    const card = cardOf(now.key);
    if (!card?.accept || card.settled) return null;
    if (card.keeps) return acts.keepOne(now.record);
    now.mode = "accept";
    return render();
  },
  accepted(reason, since = 0) {
    now.mode = "decide";
    return send("confirm", { reason }, since);
  },
  aside(since = 0) {
    return send("aside", { key: "" }, since);
  },
  /** Let a return count for its article, and set the others aside. */
  async keepOne({ number, version }) {
    const body = { number, version, step: step(), who: who() };
    const reply = await outbox.add({ path: "/api/keep", body });
    if (!reply) return null;
    remember({ number, step: body.step, text: `${reply.record.file} kept, the other set aside` });
    takeItems(reply.items);
    ready.delete(now.record.number);
    now.record = await fresh(now.record.number);
    return advance(0);
  },
  why(purpose) {
    Object.assign(now, { mode: "why", why: purpose, draft: "" });
    render();
  },
  noted(text) {
    now.draft = text;
  },
  take(value, since = 0) {
    const card = cardOf(now.key);
    if (value === "unclear") return send("ask", { reason: "signature" }, since);
    if (now.record.control) return send("correct", { value, wait: true }, since);
    if (card.value === value && card.enter === "confirm") return send("confirm", {}, since);
    if (card.value === value) return card.field === "signature" || !card.accept ? acts.confirm(since) : acts.accept();
    return send("correct", { value, wait: true }, since);
  },
  edit() {
    const card = cardOf(now.key);
    if (!card?.typed) return;
    now.mode = "edit";
    now.draft = sessionStorage.getItem(draftName()) ?? card.value ?? "";
    render();
    if (now.draft) acts.typed(now.draft);
  },
  typed(text) {
    now.draft = text;
    sessionStorage.setItem(draftName(), text);
    clearTimeout(acts.timer);
    acts.timer = setTimeout(() => lookUp(text), 120);
  },
  async keep() {
    const card = cardOf(now.key);
    let value = now.draft.trim();
    if (now.mode === "why") {
      if (!value) return;
      if (now.why === "ask") acts.reason(`other: ${value}`);
      else acts.accepted(value);
      return;
    }
    if (card.field === "article" && value) {
      const hits = await get(`/api/articles?q=${encodeURIComponent(value.slice(0, 200))}`);
      if (hits.length && !hits.some((hit) => hit.key === value)) value = hits[0].key;
    }
    const name = draftName();
    if (await send("correct", { value, wait: true })) sessionStorage.removeItem(name);
  },
  ask() {
    if (!cardOf(now.key)?.reasons.length) return;
    now.mode = "ask";
    render();
  },
  reason(code, since = 0) {
    if (code === "other") return acts.why("ask");
    now.mode = "decide";
    return send("ask", { reason: code }, since);
  },
  settleControl(reason) {
    return send("correct", { value: now.differs.yours, reason, wait: true });
  },
  later(since = 0) {
    return send("later", { key: "" }, since);
  },
  cancel() {
    if (now.mode === "edit") sessionStorage.removeItem(draftName());
    Object.assign(now, { mode: "decide", draft: "" });
    render();
  },
};

function draftName() {
  return `countersign-draft-${now.record.number}-${now.key}`;
}

async function lookUp(text) {
  const card = cardOf(now.key);
  if (!card || now.record.control) return;
  const { number } = now.record;
  if (card.field === "article") {
    const hits = text.trim() ? await get(`/api/articles?q=${encodeURIComponent(text.slice(0, 200))}`) : [];
    if (now.draft !== text || !$("edit-hits")) return;
    $("edit-hits").replaceChildren(...hits.slice(0, 4).map((hit, place) => h("li", {}, h("button", { class: "btn", type: "button", onclick: () => acts.take(hit.key) }, place ? null : h("kbd", {}, "Enter"), h("span", { class: "label" }, `${hit.title} (${hit.key}; ${hit.authors})`)))));
    return;
  }
  const { wrong, doubt } = await post("/api/check", { number, key: now.key, value: text });
  if (now.draft !== text || !$("edit-said")) return;
  $("edit-said").className = wrong ? "wrong" : "doubt";
  $("edit-said").textContent = wrong || doubt;
}

// --- undo

async function fresh(number) {
  const [record] = await get(`/api/returns?n=${number}`);
  if (!record) throw new Error("This return is not in the table any more.");
  ready.set(number, record);
  return record;
}

async function takeBack(from, to) {
  const entry = from.pop();
  if (!entry) return;
  await outbox.flushed();
  const record = await fresh(entry.number);
  const target = record.history.filter((one) => one.group === entry.step)[0];
  if (!target) return drawBars();
  const own = await undoAt(record, target.id);
  if (own) to.push({ number: entry.number, step: own, text: entry.text });
  sessionStorage.setItem("countersign-done", JSON.stringify(done));
  drawBars();
}

async function undoAt(record, entry) {
  const own = step();
  try {
    const reply = await post("/api/undo", { number: record.number, version: record.version, entry, step: own, who: who() });
    ready.set(record.number, reply.record);
    takeItems(reply.items);
    last = Math.max(last, reply.last);
    await show(record.number);
    say("Undone; the return is shown as it was.");
    return own;
  } catch (error) {
    say(error.message);
    $("last").textContent = error.message;
    ready.delete(record.number);
    await show(record.number);
    return "";
  }
}

async function undoEntry(entry) {
  await outbox.flushed();
  const record = await fresh(now.record.number);
  const own = await undoAt(record, entry);
  if (own) undone.push({ number: record.number, step: own, text: "decision" });
  drawBars();
}

// --- clashes

async function onClash({ path, body }) {
  if (path !== "/api/answer") {
    say("Somebody else has decided on this return meanwhile. Look at it again.");
    await fresh(body.number);
    if (now.record) show(now.record.number);
    return 0;
  }
  const found = await fresh(body.number);
  const question = found.cards.find((card) => card.key === body.key);
  const free = !body.key || (question ? !question.settled : body.key.startsWith("field:"));
  if (free) return found.version;
  const same = question && question.settled.action === body.action && (body.action !== "correct" || question.settled.after === body.value);
  if (same || !question) {
    say(`${question?.settled.who || "Somebody else"} decided the same.`);
    return 0;
  }
  clashes.set(body.number, { body, fresh: found });
  const one = byNumber.get(body.number);
  if (one) one.where = "open";
  saved(outbox.items.length, outbox.failed);
  // What was not saved goes before everything else, unless something is being typed, which must not be taken away.
  if (now.record?.number === body.number || !["edit", "why"].includes(now.mode)) show(body.number);
  return 0;
}

async function settleClash(name) {
  const { record } = now;
  const { body } = clashes.get(record.number);
  clashes.delete(record.number);
  saved(outbox.items.length, outbox.failed);
  const found = await fresh(record.number);
  now.record = found;
  if (name === "yours") {
    await outbox.add({ path: "/api/answer", body: { ...body, version: found.version, step: step() } });
    now.record = ready.get(record.number);
  }
  if (name === "reading") {
    const theirs = found.cards.find((card) => card.key === body.key)?.settled;
    if (theirs) await undoAt(found, theirs.id);
    return render();
  }
  settleItem(now.record, "");
  advance(0);
  return null;
}

// --- keeping up

async function here() {
  if (here.running) {
    here.again = true;
    return;
  }
  here.running = true;
  await renew();
  here.running = false;
  if (here.again) {
    here.again = false;
    here();
  }
}

async function renew() {
  const number = now.record?.number || 0;
  try {
    const found = await post("/api/here", { number, after: last, listed, who: who() });
    takeItems(found.items);
    last = Math.max(last, found.last);
    if (found.listed > listed) say(`${found.listed - listed} more returns joined the end of the queue`);
    listed = found.listed;
    claims = found.claims;
    if (now.record?.number !== number) return;
    const one = byNumber.get(number);
    if (one && one.version > now.record.version && !outbox.pendingOf(number) && now.mode === "decide") {
      now.record = await fresh(number);
      render();
    }
    drawBars();
  } catch {
    // The outbox tells when the server does not answer; a claim is soft.
  }
}

function facetsChanged() {
  drawFacets(items, facetsChanged);
  drawBars();
}

// --- keys

const decides = new Set(["confirm", "choose", "edit", "ask", "accept", "aside", "later", "undo", "redo"]);

const actions = {
  confirm: (event) => (now.mode === "ask" ? acts.reason(cardOf(now.key).likely, event.timeStamp) : now.mode === "accept" ? null : acts.confirm(event.timeStamp)),
  accept: () => acts.accept(),
  aside: (event) => acts.aside(event.timeStamp),
  choose(event) {
    const place = (Number(event.key) + 9) % 10;
    const card = cardOf(now.key);
    if (clashes.has(now.record.number)) return ["yours", "theirs", "reading"][place] && settleClash(["yours", "theirs", "reading"][place]);
    if (now.mode === "accept") return card.because[place] ? acts.accepted(card.because[place], event.timeStamp) : place === card.because.length && acts.why("accept");
    if (now.mode === "ask") return card.reasons[place] && acts.reason(card.reasons[place][0], event.timeStamp);
    if (now.mode === "differs") return ["mine", "slip"][place] && acts.settleControl(["mine", "slip"][place]);
    return card?.choices?.[place] && acts.take(card.choices[place].value, event.timeStamp);
  },
  edit: () => acts.edit(),
  ask: () => acts.ask(),
  later: (event) => acts.later(event.timeStamp),
  undo: () => takeBack(done, undone),
  redo: () => takeBack(undone, done),
  next: (event) => move(1, event.timeStamp),
  previous: (event) => move(-1, event.timeStamp),
  "next-field": () => step_(1),
  "previous-field": () => step_(-1),
  "rotate-right": () => viewer.rotate(1),
  "rotate-left": () => viewer.rotate(-1),
  "zoom-in": () => viewer.zoom(1.25),
  "zoom-out": () => viewer.zoom(1 / 1.25),
  fit: () => viewer.fit(),
  "page-up": () => viewer.turnPage(-1),
  "page-down": () => viewer.turnPage(1),
  fade: () => viewer.fade(),
  swap() {
    if (!now.record.rival) return;
    now.beside = !isBeside();
    render();
  },
  mail: () => mail.toggle(),
  find: openFind,
  help: openHelp,
};

function move(by, since = 0) {
  const next = around(now.record.number, by);
  if (next) show(next.number, "", since);
}

function fieldsInOrder() {
  return [...now.record.cards, ...now.record.lines].map((card) => card.key);
}

function step_(by) {
  const keys = fieldsInOrder();
  const next = keys[keys.indexOf(now.key) + by];
  if (next) focusCard(next);
  return Boolean(next);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (!now.record) {
    const action = inField(event.target) ? "" : actionOf(event);
    if (action !== "help" && action !== "find") return;
    event.preventDefault();
    actions[action](event);
    return;
  }
  if (inField(event.target)) {
    if (event.target.id !== "edit" || event.repeat || event.isComposing) return;
    if (event.key === "Enter") {
      event.preventDefault();
      acts.keep();
    } else if (event.key === "Escape") acts.cancel();
    return;
  }
  if (event.key === "Escape") {
    if ($("facets").open) $("facets").open = false;
    else if (now.mode !== "decide" && now.mode !== "differs") acts.cancel();
    return;
  }
  const atCard = event.target === document.body || event.target.id === "field" || event.target.id === "heading";
  if (event.key === "Tab" && atCard && !event.ctrlKey && !event.altKey) {
    if (actionOf(new KeyboardEvent("keydown", { key: "j" })) && step_(event.shiftKey ? -1 : 1)) event.preventDefault();
    return;
  }
  const action = now.mode === "ask" && event.key === "0" ? "choose" : actionOf(event); // ten reasons, ten digits
  const control = event.ctrlKey || event.metaKey;
  if (!action || (control && action !== "undo" && action !== "redo")) return;
  if (action === "confirm" && !atCard) return; // A button or link in focus is pressed, and nothing else.
  event.preventDefault();
  if (event.repeat && decides.has(action)) return;
  actions[action](event);
});

// --- finding

function openFind() {
  $("find").showModal();
  $("find-text").focus();
}

async function find() {
  const text = $("find-text").value.trim().toLowerCase();
  if (!text) return $("find-hits").replaceChildren();
  const own = items.filter((one) => one.file.toLowerCase().includes(text)).slice(0, 12).map((one) => [one.number, one.file]);
  const found = own.length >= 12 ? [] : await get(`/api/find?q=${encodeURIComponent(text)}`);
  const hits = new Map([...own, ...found.map((hit) => [hit.number, `${hit.file} · ${hit.title}`])]);
  $("find-hits").replaceChildren(...[...hits].slice(0, 12).map(([number, words]) => h("li", {}, h("button", { class: "btn quiet", type: "button", onclick: () => { $("find").close(); show(number); } }, words))));
  return null;
}

// --- start

const outbox = new Outbox({
  onChange: (count, failed) => {
    saved(count, failed);
    if (now.record) queueMicrotask(drawBars);
  },
  onSaved({ body }, reply) {
    if (reply.differs) return;
    last = Math.max(last, reply.last);
    const { number } = body;
    if (outbox.pendingOf(number)) {
      const kept = ready.get(number);
      if (kept) kept.version = reply.record.version;
      return;
    }
    ready.set(number, reply.record);
    takeItems([reply.item]);
    if (now.record?.number === number && now.mode === "decide") {
      now.record = reply.record;
      if (!cardOf(now.key)) now.key = reply.record.cards[0]?.key || "";
      drawHistory();
      drawBars();
    }
    say(`Saved; ${leftText()}`);
  },
  onClash,
  onRefused({ body }, error) {
    say(error.message);
    ready.delete(body.number);
    const back = byNumber.get(body.number);
    if (back) back.where = "open";
    if (now.record && now.record.number !== body.number && now.mode === "decide") show(body.number);
    const edit = $("edit-said");
    if (edit) {
      edit.className = "wrong";
      edit.textContent = error.message;
    } else $("last").textContent = error.message;
  },
});

function setUpButtons() {
  const click = (id, act) => $(id).addEventListener("click", act);
  click("previous", () => move(-1));
  click("next", () => move(1));
  click("later", () => acts.later());
  click("aside", () => acts.aside());
  click("undo", () => actions.undo());
  click("redo", () => actions.redo());
  click("page-up", () => viewer.turnPage(-1));
  click("page-down", () => viewer.turnPage(1));
  click("fade", () => viewer.fade());
  click("swap", () => actions.swap());
  click("zoom-in", () => viewer.zoom(1.25));
  click("zoom-out", () => viewer.zoom(1 / 1.25));
  click("fit", () => viewer.fit());
  click("rotate", () => viewer.rotate(1));
  click("find-close", () => $("find").close());
  for (const button of document.querySelectorAll("[data-pan]")) button.addEventListener("click", () => viewer.pan(button.dataset.pan));
  $("find-text").addEventListener("input", find);
  $("find-text").addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    $("find-hits").querySelector("button")?.click();
  });
  $("facets").addEventListener("toggle", () => $("facets").open && drawFacets(items, facetsChanged));
  $("toggle-page").addEventListener("click", () => {
    const folded_ = $("page-pane").classList.toggle("folded");
    $("toggle-page").setAttribute("aria-expanded", String(!folded_));
    $("toggle-page").textContent = folded_ ? "Scan" : "Hide scan";
    if (!folded_) {
      viewer.draw();
      $("page-pane").scrollIntoView({ block: "start" });
    }
  });
}

async function start() {
  setUpButtons();
  mail.setUp();
  outbox.run();
  await Promise.race([outbox.flushed(), new Promise((go) => setTimeout(go, 1500))]);
  const found = await get("/api/queue");
  items = found.items.map(item);
  byNumber = new Map(items.map((one) => [one.number, one]));
  claims = found.claims;
  last = found.last;
  listed = items.length;
  const asked = Number(new URLSearchParams(location.search).get("open"));
  const before = Number(sessionStorage.getItem("countersign-at"));
  const list = shown();
  const free = list.filter((one) => one.where === "open" && !claims[one.number]);
  const again = free.find((one) => one.number === before);
  const first = asked || again?.number || free[0]?.number || list[0]?.number;
  if (first) await show(first);
  else {
    $("where").textContent = "";
    $("sub").textContent = items.length ? "No return passes the filter." : "Nothing was flagged: there is nothing to look at.";
    drawFacets(items, () => location.reload());
    $("heading").textContent = items.length ? "Nothing here" : "All clear";
  }
  performance.mark("first-return");
  document.body.dataset.ready = "1";
  setInterval(() => document.visibilityState === "visible" && here(), RENEW_MS);
}

start().catch(fail);
