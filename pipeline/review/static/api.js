// Requests to our own server; a refused token is fetched anew once, since the server may have been started again.

let csrf = document.querySelector('meta[name="csrf"]').content;

export class Refused extends Error {
  constructor(status, reply) {
    super(reply.sentence || `The server said ${status}.`);
    this.status = status;
    this.code = reply.error || "";
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

export async function post(path, body, again = true) {
  const headers = { "content-type": "application/json", "x-csrf": csrf };
  const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  if (response.status === 403 && again) {
    csrf = (await get("/api/session")).csrf;
    return post(path, body, false);
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
