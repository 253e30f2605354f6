// Changes a tree into another one, touching only what differs, so that focus, scrolling and
// typed text stay. Whatever carries data-keep belongs to the browser and is left alone.

const typed = (node) => node.matches("input, textarea, select");
// Menus and boxes outside forms show what the app says; forms keep what a person filled in.
export const followsServer = (node) => node.closest("[data-at]") && !node.closest(".input");

// The browser's own: what is open, what is under way, how a table was sorted.
function isOwn(name, node) {
  if (name === "open") return node.matches("dialog, details");
  return name === "aria-busy" || (name === "tabindex" && node.matches("[data-roving]"));
}

function syncAttributes(from, to) {
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && !isOwn(name, from)) from.removeAttribute(name);
  }
  for (const { name, value } of to.attributes) {
    if (from.getAttribute(name) !== value && name !== "aria-expanded") from.setAttribute(name, value);
  }
}

function startingValue(node) {
  if (node.matches("select")) return [...node.querySelectorAll("option[selected]")].map((one) => one.value).join("\n");
  if (node.matches("textarea")) return node.defaultValue;
  return node.matches("[type=checkbox], [type=radio]") ? node.defaultChecked : node.defaultValue;
}

function syncValue(node, before) {
  const now = startingValue(node);
  const follows = followsServer(node) && node !== document.activeElement;
  if (now === before && !follows) return;
  if (node.matches("select")) {
    for (const one of node.options) one.selected = one.hasAttribute("selected");
  } else if (node.matches("[type=checkbox], [type=radio]")) node.checked = now;
  else if (node.type !== "hidden" && node.type !== "file") node.value = now;
}

export function morph(from, to) {
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
    return;
  }
  if (from.dataset.keep !== undefined) return;
  if (from.isEqualNode(to) && !(typed(from) || from.querySelector("input, select"))) return;
  const before = typed(from) ? startingValue(from) : null;
  syncAttributes(from, to);
  morphChildren(from, to);
  if (typed(from)) syncValue(from, before);
}

function morphChildren(from, to) {
  const wanted = new Set([...to.children].map((one) => one.id).filter(Boolean));
  const known = new Map();
  for (const child of [...from.children]) {
    if (child.id && !wanted.has(child.id)) child.remove();
    else if (child.id) known.set(child.id, child);
  }
  let cursor = from.firstChild;
  for (const next of [...to.childNodes]) {
    const same = next.id ? known.get(next.id) : cursor && !cursor.id && cursor.nodeName === next.nodeName ? cursor : null;
    if (!same || same.nodeName !== next.nodeName) {
      from.insertBefore(document.importNode(next, true), cursor);
      continue;
    }
    if (same === cursor) cursor = cursor.nextSibling;
    else from.insertBefore(same, cursor);
    morph(same, next);
  }
  while (cursor) {
    const gone = cursor;
    cursor = cursor.nextSibling;
    gone.remove();
  }
}
