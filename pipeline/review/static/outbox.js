// Decisions on their way to the disk: one after the other, tried again until the server has them.
//
// What is not saved yet is kept in the browser's storage, so that a crash of the browser loses nothing either. Each
// decision has a number of its own (its step), by which the server knows one that it has already.

import { post, Refused } from "./api.js";

const PREFIX = "countersign-outbox-";
const OWN = PREFIX + (sessionStorage.getItem("countersign-tab") || newTab());

function newTab() {
  const tab = String(crypto.getRandomValues(new Uint32Array(1))[0]);
  sessionStorage.setItem("countersign-tab", tab);
  return tab;
}

/** onChange(unsaved, failed), onSaved(item, reply), onClash(item, error), onRefused(item, error). */
export class Outbox {
  constructor(events) {
    this.events = events;
    this.items = [];
    this.failed = false;
    this.running = false;
    this.idle = [];
    this.adopt();
  }

  adopt() {
    for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
      this.items.push(...JSON.parse(localStorage.getItem(key) || "[]"));
      if (key !== OWN) localStorage.removeItem(key);
    }
    this.keep();
  }

  keep() {
    if (this.items.length) localStorage.setItem(OWN, JSON.stringify(this.items));
    else localStorage.removeItem(OWN);
    this.events.onChange(this.items.length, this.failed);
  }

  add(item) {
    return new Promise((done) => {
      this.items.push(item);
      this.waiting = this.waiting || new Map();
      this.waiting.set(item.body.step, done);
      this.keep();
      this.run();
    });
  }

  pendingOf(number) {
    return this.items.filter((item) => item.body.number === number).length;
  }

  flushed() {
    return this.items.length ? new Promise((done) => this.idle.push(done)) : Promise.resolve();
  }

  async run() {
    if (this.running) return;
    this.running = true;
    while (this.items.length) {
      const item = this.items[0];
      let reply = null;
      try {
        reply = await post(item.path, item.body);
        this.failed = false;
      } catch (error) {
        if (!(error instanceof Refused) || error.status >= 500 || error.status === 403) {
          this.failed = error instanceof Refused && error.status === 503 ? error.message : true;
          this.keep();
          await new Promise((done) => setTimeout(done, 1000));
          continue;
        }
        this.failed = false;
        if (error.code === "stale") {
          const mended = await this.events.onClash(item, error);
          if (mended) {
            item.body.version = mended;
            this.keep();
            continue;
          }
        } else this.events.onRefused(item, error);
      }
      this.items.shift();
      this.keep();
      if (reply) this.events.onSaved(item, reply);
      this.waiting?.get(item.body.step)?.(reply);
      this.waiting?.delete(item.body.step);
    }
    this.running = false;
    this.idle.splice(0).forEach((done) => done());
  }
}
