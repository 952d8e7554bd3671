// Requests to our own server; a refused token is fetched anew once, since the server may have been started again.

let csrf = document.querySelector('meta[name="csrf"]').content;

export class Refused extends Error {
  constructor(status, reply) {
    super(reply.sentence || `The server said ${status}.`);
    this.status = status;
    this.code = reply.error || "";
    this.box = reply.box ?? null; // of a form: which of the boxes that were sent it is about
  }
}

async function reply(response) {
  const found = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, found);
  return found;
}

export async function get(path) {
  return reply(await fetch(path, { headers: { accept: "application/json" } }));
}

export function post(path, body) {
  return send(path, "application/json", JSON.stringify(body));
}

/** A file, as it is. */
export function upload(path, file) {
  return send(path, "application/octet-stream", file);
}

async function send(path, type, body, again = true) {
  const response = await fetch(path, { method: "POST", headers: { "content-type": type, "x-csrf": csrf }, body });
  if (response.status === 403 && again) {
    csrf = (await get("/api/session")).csrf;
    return send(path, type, body, false);
  }
  return reply(response);
}

export function who() {
  return (localStorage.getItem("countersign-who") || document.querySelector('meta[name="who"]').content).slice(0, 80);
}

export function step() {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
