// The page of a return, and beside it the other one that it has to be told from: what moves one moves both.

import { $ } from "./dom.js";
import { Viewer } from "./viewer.js";

export class Pair {
  constructor() {
    this.own = new Viewer($("own-leaf"), "pages");
    this.other = new Viewer($("other-leaf"), "beside");
    this.beside = false;
    for (const name of ["fade", "zoom", "fit", "rotate", "turnPage", "pan"]) this[name] = (...given) => this.both(name, given);
    this.tell();
  }

  both(name, given) {
    this.own[name](...given);
    if (this.beside) this.other[name](...given);
    this.tell();
  }

  /** `beside`: with the record's rival, where it has one. */
  show(record, field, beside) {
    this.beside = Boolean(beside && record.rival);
    $("other-leaf").hidden = !this.beside;
    $("own-name").hidden = !this.beside;
    this.own.show(record.number, record.pages, field);
    if (this.beside) {
      const { number, pages, file, said } = record.rival;
      $("own-name").textContent = `This return: ${record.file}`;
      $("other-name").textContent = `The other: ${[file, said].filter(Boolean).join(", ")}`;
      this.other.faded = this.own.faded;
      this.other.show(number, pages, field);
    }
    this.tell();
  }

  draw() {
    this.own.draw(true);
    if (this.beside) this.other.draw(true);
  }

  prefetch(records) {
    this.own.prefetch(records);
  }

  tell() {
    const { view, faded } = this.own;
    const { at, pages } = view;
    $("page-number").textContent = pages.length ? `Page ${at + 1} of ${pages.length}` : "No page";
    const most = this.beside ? Math.max(pages.length, this.other.view.pages.length) : pages.length;
    $("page-up").disabled = at === 0;
    $("page-down").disabled = at >= most - 1;
    $("fade").setAttribute("aria-pressed", String(faded));
  }
}
