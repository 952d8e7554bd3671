// Pictures of crops and pages, fetched in an order: what is on show first, then what comes next. Few at a time, so that
// they never hold up a decision on its way to the disk; what was planned and is not wanted any more is forgotten.

const AT_ONCE = 3;
const KEPT = 120;

const images = new Map(); // address -> image
const running = new Set();
const plans = { crops: [], pages: [], beside: [] };

/** The image at an address; fetched when its turn comes. */
export function picture(address, alt = "") {
  let image = images.get(address);
  if (image) {
    images.delete(address); // the last used stand last
    images.set(address, image);
  } else {
    image = new Image();
    image.draggable = false;
    images.set(address, image);
    if (images.size > KEPT) {
      const old = [...images.keys()].find((one) => !images.get(one).isConnected && !running.has(one));
      if (old) images.delete(old);
    }
  }
  if (alt || !image.hasAttribute("alt")) image.alt = alt;
  return image;
}

/** Fetch these from now on, in this order, rather than what was planned for `kind` before. */
export function plan(kind, addresses) {
  plans[kind] = addresses.filter((address) => !picture(address).getAttribute("src"));
  fetchNext();
}

function fetchNext() {
  while (running.size < AT_ONCE) {
    const heads = Object.values(plans).map((one) => one[0]);
    const address = [...heads, ...Object.values(plans).flat()].find((one) => one && !running.has(one));
    if (!address) return;
    for (const kind of Object.keys(plans)) plans[kind] = plans[kind].filter((one) => one !== address);
    const image = picture(address);
    if (image.getAttribute("src")) continue;
    running.add(address);
    const end = () => {
      running.delete(address);
      fetchNext();
    };
    image.addEventListener("load", () => (image.decode ? image.decode().catch(() => {}).then(end) : end()), { once: true });
    image.addEventListener("error", () => {
      images.delete(address); // the next one who wants it asks again
      end();
    }, { once: true });
    image.src = address;
  }
}
