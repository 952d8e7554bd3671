// One page of the blank with its boxes: drawn, moved and resized by mouse, pen, finger and keys. Places are points.

import { $, h } from "./dom.js";

const LEAST = 6; // points: a smaller box is a slip of the mouse
const CLICK = 3; // pixels that a click may wander
const STEP = 2; // points that an arrow key moves
const EDGES = { nw: [1, 1, 0, 0], n: [0, 1, 0, 0], ne: [0, 1, 1, 0], e: [0, 0, 1, 0], se: [0, 0, 1, 1], s: [0, 0, 0, 1], sw: [1, 0, 0, 1], w: [1, 0, 0, 0] };
const ROOMY = 44; // pixels of a side from which it has a handle in its middle
const NARROW = 90; // pixels: the name of a narrower box stands beside it
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Paper {
  /** `act`: select(key), placed(key, zone, run) for a box that was moved, drawn(page, zone) for a new one. */
  constructor(sizes, act) {
    this.sizes = sizes;
    this.act = act;
    this.page = 1;
    this.zoom = 1;
    this.shown = { boxes: [], key: "" };
    this.paper = $("paper");
    this.image = h("img", { alt: "" });
    this.layer = h("div", { class: "layer" });
    this.paper.append(this.image, this.layer);
    new ResizeObserver(() => this.fit()).observe($("desk"));
    this.setUp();
  }

  size() {
    return this.sizes[this.page - 1];
  }

  /** Pixels of the screen to a point. */
  scale() {
    return this.paper.getBoundingClientRect().width / this.size()[0] || 1;
  }

  fit() {
    const [width, height] = this.size();
    const room = $("desk").clientWidth - 24;
    if (room <= 0) return;
    this.paper.style.width = `${room * this.zoom}px`;
    this.paper.style.height = `${(room * this.zoom * height) / width}px`;
  }

  turnTo(page) {
    this.page = Math.max(1, Math.min(this.sizes.length, page));
    $("desk").scrollTo(0, 0);
    this.fit();
  }

  zoomTo(zoom) {
    this.zoom = Math.max(0.5, Math.min(5, zoom));
    this.fit();
    this.draw(this.shown.boxes, this.shown.key);
  }

  draw(boxes, key) {
    this.shown = { boxes, key };
    const focused = document.activeElement?.dataset?.key;
    const address = `/picture/${this.page}`;
    if (!this.image.src.endsWith(address)) {
      this.image.src = address;
      this.image.alt = `Page ${this.page} of the blank form`;
    }
    const own = boxes.filter((box) => box.page === this.page);
    this.layer.replaceChildren(...own.map((box) => this.element(box, box.key === key)));
    if (focused) this.layer.querySelector(`[data-key="${focused}"]`)?.focus({ preventScroll: true });
  }

  element(box, now) {
    const zone = h("button", { class: `zone ${box.whose === "author" ? box.kind : "others"}${now ? " now" : ""}${(box.zone[2] - box.zone[0]) * this.scale() < NARROW ? " narrow" : ""}`, type: "button", "data-key": box.key, "aria-pressed": now ? "true" : "false" },
      h("span", { class: "zone-name" }, box.called));
    zone.setAttribute("aria-label", `${box.called}: ${box.label || "no label"}`);
    this.place(zone, box.zone);
    zone.addEventListener("keydown", (event) => this.nudge(event, box.key));
    if (!now) return zone;
    const [wide, high] = [(box.zone[2] - box.zone[0]) * this.scale(), (box.zone[3] - box.zone[1]) * this.scale()];
    const handles = Object.keys(EDGES).filter((at) => (at.length === 2) || (at === "n" || at === "s" ? wide > ROOMY : high > ROOMY));
    zone.append(...handles.map((at) => h("span", { class: `handle ${at}`, "data-at": at })));
    return zone;
  }

  place(element, [x0, y0, x1, y1]) {
    const [width, height] = this.size();
    Object.assign(element.style, { left: `${(x0 / width) * 100}%`, top: `${(y0 / height) * 100}%`, width: `${((x1 - x0) / width) * 100}%`, height: `${((y1 - y0) / height) * 100}%` });
  }

  /** Where on the page, in points, an event is. */
  point(event) {
    const rim = this.paper.getBoundingClientRect();
    return [(event.clientX - rim.left) / this.scale(), (event.clientY - rim.top) / this.scale()];
  }

  setUp() {
    let drag = null;
    this.layer.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      const zone = event.target.closest(".zone");
      if (!zone && event.pointerType === "touch") return; // a finger on empty paper scrolls
      const from = this.point(event);
      const box = zone && this.shown.boxes.find((one) => one.key === zone.dataset.key);
      if (box && event.pointerType === "touch" && box.key !== this.shown.key) return; // the first touch selects, by its click
      drag = { box, from, at: event.target.dataset.at || "", element: zone, zone: box?.zone, moved: false, x: event.clientX, y: event.clientY };
      if (!box) drag.element = this.layer.appendChild(h("div", { class: "zone text drawing" }));
      this.layer.setPointerCapture(event.pointerId);
      if (!box) event.preventDefault();
    });
    this.layer.addEventListener("pointermove", (event) => {
      if (!drag) return;
      drag.moved ||= Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > CLICK;
      if (!drag.moved) return;
      drag.zone = this.dragged(drag, this.point(event));
      this.place(drag.element, drag.zone);
    });
    const end = (event) => {
      if (!drag) return;
      const { box, zone, moved, element } = drag;
      drag = null;
      if (!box) element.remove();
      if (event.type === "pointercancel") return this.draw(this.shown.boxes, this.shown.key);
      if (!moved) this.act.select(box?.key || "", "paper");
      else if (box) this.act.placed(box.key, zone);
      else if (zone[2] - zone[0] >= LEAST && zone[3] - zone[1] >= LEAST) this.act.drawn(this.page, zone);
    };
    for (const type of ["pointerup", "pointercancel"]) this.layer.addEventListener(type, end);
    this.layer.addEventListener("click", (event) => {
      const zone = event.target.closest(".zone");
      if (zone && zone.dataset.key !== this.shown.key) this.act.select(zone.dataset.key, "paper"); // by a finger, or by Enter
      else if (zone && event.detail === 0) this.act.open();
    });
  }

  dragged({ box, from, at }, to) {
    if (!box) return this.inside([Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.max(from[0], to[0]), Math.max(from[1], to[1])]);
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    if (!at) return this.moved(box.zone, dx, dy);
    const [left, top, right, bottom] = EDGES[at];
    const [x0, y0, x1, y1] = box.zone;
    return this.inside([left ? Math.min(x0 + dx, x1 - LEAST) : x0, top ? Math.min(y0 + dy, y1 - LEAST) : y0, right ? Math.max(x1 + dx, x0 + LEAST) : x1, bottom ? Math.max(y1 + dy, y0 + LEAST) : y1]);
  }

  moved([x0, y0, x1, y1], dx, dy) {
    const [width, height] = this.size();
    const [x, y] = [Math.max(-x0, Math.min(width - x1, dx)), Math.max(-y0, Math.min(height - y1, dy))];
    return [x0 + x, y0 + y, x1 + x, y1 + y].map(rounded);
  }

  inside([x0, y0, x1, y1]) {
    const [width, height] = this.size();
    return [Math.max(0, x0), Math.max(0, y0), Math.min(width, x1), Math.min(height, y1)].map(rounded);
  }

  nudge(event, key) {
    const way = ARROWS[event.key];
    if (!way || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const box = this.shown.boxes.find((one) => one.key === key);
    const [dx, dy] = way.map((part) => part * STEP);
    const [x0, y0, x1, y1] = box.zone;
    const zone = event.shiftKey ? this.inside([x0, y0, Math.max(x0 + LEAST, x1 + dx), Math.max(y0 + LEAST, y1 + dy)]) : this.moved(box.zone, dx, dy);
    this.act.placed(key, zone, `${event.shiftKey ? "resize" : "move"} ${key}`);
  }

  /** A place for a new box, in the middle of what is shown of the page. */
  middle() {
    const [paper, desk] = [this.paper.getBoundingClientRect(), $("desk").getBoundingClientRect()];
    const scale = this.scale();
    const x = (Math.max(paper.left, desk.left) + Math.min(paper.right, desk.right)) / 2 - paper.left;
    const y = (Math.max(paper.top, desk.top) + Math.min(paper.bottom, desk.bottom)) / 2 - paper.top;
    return this.inside([x / scale - 90, y / scale - 10, x / scale + 90, y / scale + 10]);
  }

  /** Bring a box into view. */
  reveal(key) {
    this.layer.querySelector(`[data-key="${key}"]`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  focus(key) {
    this.layer.querySelector(`[data-key="${key}"]`)?.focus({ preventScroll: true });
  }
}

function rounded(value) {
  return Math.round(value * 100) / 100;
}
