// The page as scanned: upright, boxes on it, zoomed to the field in focus, the form's print faded on demand.

import { get, Refused } from "./api.js";
import { h } from "./dom.js";
import { picture, plan } from "./pictures.js";

const PLACE_FILL = 0.82; // share of the viewport that a field takes at most
const MOST_ZOOM = 1.6; // of the page fitted to the width: a column of text stays whole beside the field
const LEAST_WIDE = 900; // pixels of paper that even a narrow viewport zooms to
const PAPER = 1000; // width of the stage before it is scaled
const RIM = 0.02; // of the page, kept in view around a field

export class Viewer {
  /** `leaf`: the element that holds it; `kind`: of the plan by which its pictures are fetched. */
  constructor(leaf, kind) {
    this.viewport = leaf.querySelector(".viewport");
    this.stage = leaf.querySelector(".stage");
    this.nopage = leaf.querySelector(".nopage");
    this.kind = kind;
    this.view = { number: 0, pages: [], at: 0 };
    this.turn = new Map(); // record -> right angles, view only
    this.zoomOf = new Map(); // kind of field -> zoom that the editor chose
    this.faded = sessionStorage.getItem("countersign-fade") === "1";
    this.field = "";
    this.offset = { x: 0, y: 0 };
    this.scale = 1;
    this.ahead = [];
    this.retried = new Set(); // addresses of pictures that were asked for twice
    new ResizeObserver(() => this.place(true)).observe(this.viewport);
    this.setUpDrag();
  }

  address(number, page, size) {
    return `/page/${number}/${page}/${size}?faded=${this.faded ? 1 : 0}`;
  }

  image(number, page, size) {
    const address = this.address(number, page, size);
    const image = picture(address);
    image.onerror = () => this.failed(number, page, address);
    return image;
  }

  /** The pages of the next returns, small, and the very next one in full. */
  prefetch(records) {
    this.ahead = records.map((record) => [record.number, pictured(pageOf(record.pages, firstField(record)))]).filter(([, page]) => page);
    this.planAll();
  }

  planAll() {
    const page = this.page();
    const own = page && !page.text ? [[this.view.number, page.page, "small"], [this.view.number, page.page, "full"]] : [];
    const others = this.ahead.map(([number, at]) => [number, at, "small"]);
    if (this.ahead.length) others.splice(1, 0, [...this.ahead[0], "full"]);
    plan(this.kind, [...own, ...others].map((one) => this.address(...one)));
  }

  show(number, pages, field) {
    const same = this.view.number === number && this.view.pages === pages;
    this.view = { number, pages, at: same ? this.view.at : 0 };
    this.focus(field, same);
  }

  focus(field, still = false) {
    this.field = field;
    const at = this.view.pages.findIndex((page) => page.boxes[field]);
    const marked = field === "marked" ? this.view.pages.findIndex((page) => page.marked.length) : -1;
    if (at >= 0) this.view.at = at;
    else if (marked >= 0) this.view.at = marked;
    this.draw(still);
  }

  page() {
    return this.view.pages[this.view.at];
  }

  draw(still = false) {
    const page = this.page();
    this.nopage.hidden = Boolean(page);
    this.viewport.classList.remove("loading");
    this.stage.hidden = !page || Boolean(page.text);
    this.showText(page?.text || []);
    if (!page) {
      this.nopage.textContent = "This file could not be opened, so there is no page to show.";
      return;
    }
    if (page.text) return;
    const { number } = this.view;
    const small = this.image(number, page.page, "small");
    const full = this.image(number, page.page, "full");
    const boxes = Object.entries(page.boxes).map(([name, box]) => drawn(box, name === this.field ? "box now" : "box"));
    boxes.push(...page.marked.map((box) => drawn(box, "box marked")));
    this.stage.replaceChildren(small, full, ...boxes);
    this.planAll();
    const here = () => [small, full].some((image) => image.complete && image.naturalWidth);
    this.viewport.classList.toggle("loading", !here());
    for (const image of [small, full]) if (!image.complete || !image.naturalWidth) image.addEventListener("load", () => this.loaded(image), { once: true });
    this.place(still);
  }

  loaded(image) {
    if (image.parentElement !== this.stage) return;
    this.viewport.classList.remove("loading");
    this.place(true);
  }

  /** The text of a return without pages, what stands in a field marked; nothing where there is none. */
  showText(pieces) {
    this.viewport.querySelector(".transcript")?.remove();
    if (!pieces.length) return;
    const parts = pieces.map(([text, field]) => (field ? h("b", { class: field === this.field ? "filled now" : "filled" }, text) : text));
    const pane = h("div", { class: "transcript", tabindex: "0", role: "document", "aria-label": "Text of the return" }, parts);
    this.viewport.append(pane);
    pane.querySelector(".now")?.scrollIntoView({ block: "center" });
  }

  /** A picture did not come: draw the page again where the server has it now, else show why it has not. */
  async failed(number, page, address) {
    const said = await get(address).then(() => "", (error) => (error instanceof Refused ? error.message : "The server does not answer."));
    if (this.view.number !== number || this.page()?.page !== page) return;
    const again = !said && !this.retried.has(address);
    this.retried.add(address);
    if (again) return this.draw(true);
    this.nopage.hidden = false;
    this.stage.hidden = true;
    this.viewport.classList.remove("loading");
    this.nopage.textContent = said || "This page can't be drawn. Open the file in another program.";
  }

  place(still = false) {
    const page = this.page();
    if (!page || page.text) return;
    const [small, full] = this.stage.querySelectorAll("img");
    const ratio = small?.naturalWidth ? small.naturalHeight / small.naturalWidth : full?.naturalWidth ? full.naturalHeight / full.naturalWidth : 1.3;
    const width = PAPER;
    const height = width * ratio;
    const view = this.viewport.getBoundingClientRect();
    if (!view.width) return;
    const turn = (this.turn.get(this.view.number) || 0) % 4;
    const [across, down] = turn % 2 ? [height, width] : [width, height];
    const fit = Math.min(view.width / across, view.height / down) * 0.97;
    const wide = (view.width / across) * 0.97;
    const box = around(this.field === "marked" ? page.marked : [page.boxes[this.field]], turn);
    const chosen = this.zoomOf.get(this.field);
    this.scale = fit;
    if (chosen === undefined && box) {
      const [x0, y0, x1, y1] = box;
      const wanted = PLACE_FILL * Math.min(view.width / Math.max((x1 - x0) * across, 1), view.height / Math.max((y1 - y0) * down, 1));
      this.scale = Math.max(Math.min(wide, wanted), fit, Math.min(wanted, Math.max(wide * MOST_ZOOM, LEAST_WIDE / PAPER)));
    } else if (chosen) this.scale = fit * chosen;
    const shown = box || [0.5, 0.5, 0.5, 0.5];
    const x = view.width / 2 - across * this.scale * inView(shown[0], shown[2], view.width / (across * this.scale)) + this.offset.x;
    const y = view.height / 2 - down * this.scale * ((shown[1] + shown[3]) / 2) + this.offset.y;
    const clampedX = clamp(x, view.width, across * this.scale);
    const clampedY = clamp(y, view.height, down * this.scale);
    const { stage } = this;
    stage.classList.toggle("still", still);
    stage.style.width = `${width}px`;
    stage.style.height = `${height}px`;
    const [shiftX, shiftY] = [[0, 0], [height, 0], [width, height], [0, width]][turn];
    stage.style.transform = `translate(${clampedX + shiftX * this.scale}px, ${clampedY + shiftY * this.scale}px) rotate(${turn * 90}deg) scale(${this.scale})`;
    this.fitScale = fit;
  }

  zoom(factor) {
    this.zoomOf.set(this.field, Math.max(0.5, Math.min(8, (this.scale / this.fitScale) * factor)));
    this.place();
  }

  fit() {
    const whole = this.zoomOf.get(this.field) === 1;
    if (whole) this.zoomOf.delete(this.field);
    else this.zoomOf.set(this.field, 1);
    this.offset = { x: 0, y: 0 };
    this.place();
  }

  rotate(quarter) {
    const { number } = this.view;
    this.turn.set(number, ((this.turn.get(number) || 0) + quarter + 4) % 4);
    this.place();
  }

  turnPage(by) {
    this.view.at = Math.max(0, Math.min(this.view.pages.length - 1, this.view.at + by));
    this.draw(true);
  }

  fade() {
    this.faded = !this.faded;
    sessionStorage.setItem("countersign-fade", this.faded ? "1" : "0");
    this.draw(true);
  }

  pan(direction) {
    const by = { left: [90, 0], right: [-90, 0], up: [0, 90], down: [0, -90] }[direction];
    this.offset = { x: this.offset.x + by[0], y: this.offset.y + by[1] };
    this.place();
  }

  setUpDrag() {
    const view = this.viewport;
    let from = null;
    view.addEventListener("pointerdown", (event) => {
      if (event.target.closest(".transcript")) return; // text is selected and scrolled, not dragged
      from = { x: event.clientX - this.offset.x, y: event.clientY - this.offset.y };
      view.setPointerCapture(event.pointerId);
      view.classList.add("dragging");
    });
    view.addEventListener("pointermove", (event) => {
      if (!from) return;
      this.offset = { x: event.clientX - from.x, y: event.clientY - from.y };
      this.place(true);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      view.addEventListener(end, () => {
        from = null;
        view.classList.remove("dragging");
      });
    }
    view.addEventListener("wheel", (event) => {
      if (event.target.closest(".transcript")) return;
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? 1.12 : 1 / 1.12);
    }, { passive: false });
  }
}

export function firstField(record) {
  const card = record.cards.find((one) => !one.settled) || record.cards[0];
  return fieldOf(card);
}

export function fieldOf(card) {
  if (!card) return "";
  return card.look || card.proof?.name || card.quote?.name || "";
}

function pageOf(pages, field) {
  return pages.find((page) => page.boxes[field]) || (field === "marked" && pages.find((page) => page.marked.length)) || pages[0];
}

/** The number of a page that has a picture. */
function pictured(page) {
  return page && !page.text ? page.page : 0;
}

function drawn([x0, y0, x1, y1], name) {
  const box = h("span", { class: name });
  box.style.left = `${x0 * 100 - 0.4}%`;
  box.style.top = `${y0 * 100 - 0.3}%`;
  box.style.width = `${(x1 - x0) * 100 + 0.8}%`;
  box.style.height = `${(y1 - y0) * 100 + 0.6}%`;
  return box;
}

/** The rectangle around boxes, on the page turned by right angles; null where there are none. */
function around(boxes, turn) {
  const corners = boxes.filter(Boolean).flatMap(([x0, y0, x1, y1]) => [turned([x0, y0], turn), turned([x1, y1], turn)]);
  if (!corners.length) return null;
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/** The middle of what is shown across: the page's own, moved only as far as the field needs to be in view. */
function inView(from, to, shown) {
  if (to - from + 2 * RIM > shown) return (from + to) / 2;
  return Math.max(to + RIM - shown / 2, Math.min(0.5, from - RIM + shown / 2));
}

function turned([x, y], turn) {
  return [[x, y], [1 - y, x], [1 - x, 1 - y], [y, 1 - x]][turn];
}

function clamp(at, view, size) {
  if (size <= view) return (view - size) / 2;
  return Math.min(12, Math.max(view - size - 12, at));
}
