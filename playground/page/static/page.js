// Keeps the page live and sends what people do. The server draws everything: whatever happens,
// this fetches the page again and changes only what differs, so focus and typed text stay.

const me = () => document.body.dataset.me;

// ---- Changing what differs -------------------------------------------------------------------

const typed = (node) => node.matches("input, textarea, select");
// Menus and boxes outside forms show what the app says; forms keep what a person filled in.
const followsServer = (node) => node.closest("[data-at]") && !node.closest(".input");

function syncAttributes(from, to) {
  for (const { name } of [...from.attributes]) {
    const own = (name === "open" && from.matches("dialog, details")) || name === "aria-busy";
    if (!to.hasAttribute(name) && !own) from.removeAttribute(name);
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
  else if (node.type !== "hidden") node.value = now;
}

function morph(from, to) {
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

// ---- Staying up to date ----------------------------------------------------------------------

let drawing = null;
let stale = false;

// Several wishes while one page is on its way make one more page, not many.
function refresh() {
  stale = true;
  drawing ??= (async () => {
    try {
      while (stale) {
        stale = false;
        await draw(location.pathname);
      }
    } catch (problem) {
      if (!(problem instanceof TypeError)) throw problem; // the server is away: the socket says so
    } finally {
      drawing = null;
    }
  })();
  return drawing;
}

async function draw(path) {
  const answer = await fetch(path, { headers: { "X-Playground": "page" } });
  if (!answer.ok || path !== location.pathname) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const scroll = document.getElementById("scroll");
  const atEnd = !scroll || scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
  const place = document.getElementById("pane").dataset.place + me();
  const focus = document.activeElement;
  const inside = focus?.closest("[data-at]");
  for (const open of document.querySelectorAll("dialog[data-modal]")) {
    if (!fresh.getElementById(open.id)) open.close();
  }
  document.title = fresh.title;
  document.body.dataset.me = fresh.body.dataset.me;
  morph(document.getElementById("app"), fresh.getElementById("app"));
  settle(atEnd || place !== document.getElementById("pane").dataset.place + me());
  if (focus && !focus.isConnected && inside?.isConnected && !inside.matches("dialog")) {
    inside.tabIndex = -1;
    inside.focus({ preventScroll: true });
  }
}

// What has to be right after every change: the end in view, the modal open, the place seen.
function settle(toEnd) {
  const scroll = document.getElementById("scroll");
  if (scroll && toEnd) scroll.scrollTop = scroll.scrollHeight;
  const modal = document.querySelector("dialog[data-modal]");
  if (modal && !modal.open) modal.showModal();
  modal?.querySelector("[aria-invalid=true]")?.focus();
  document.querySelector(".rail [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (document.querySelector("[data-waiting]")) setTimeout(refresh, 1000);
  tellSeen();
}

function tellSeen() {
  const pane = document.getElementById("pane");
  if (pane.hasAttribute("data-unseen") && document.visibilityState === "visible") {
    post("seen", { channel: pane.dataset.channel });
  }
}

function listen() {
  const socket = new WebSocket(`ws://${location.host}/live`);
  socket.onmessage = ({ data }) => {
    if (data !== "changed" && data !== document.body.dataset.version) location.reload();
    document.getElementById("offline").hidden = true;
    refresh();
  };
  socket.onclose = () => {
    document.getElementById("offline").hidden = false;
    setTimeout(listen, 1000);
  };
}

async function visit(path, { push = true } = {}) {
  if (push) history.pushState(null, "", path);
  closeDrawers();
  await draw(path);
  if (path.endsWith("/home")) post("open-home", {});
}

// ---- Doing something -------------------------------------------------------------------------

async function post(action, args) {
  try {
    const answer = await fetch(`/as/${encodeURIComponent(me())}/do/${action}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Playground": "page" },
      body: JSON.stringify(args),
    });
    return await answer.json();
  } catch {
    return { ok: false, say: "The playground is not running." };
  }
}

async function perform(action, args, busy) {
  if (busy?.getAttribute("aria-busy") === "true") return { ok: false }; // a second tap of the same
  busy?.setAttribute("aria-busy", "true");
  const answer = await post(action, args);
  busy?.removeAttribute("aria-busy");
  if (answer.say) say(answer.say, action === "submit" && !answer.ok);
  if (answer.go) await visit(answer.go);
  else await refresh();
  return answer;
}

function say(text, inModal) {
  const modalError = document.querySelector("dialog[open] .modal-error");
  const line = inModal && modalError ? modalError : document.getElementById("toast");
  line.textContent = text;
  if (line.id === "toast") {
    clearTimeout(say.timer);
    say.timer = setTimeout(() => (line.textContent = ""), 6000);
  }
}

// The question is a copy beside the page: a new drawing of what asked it must not take it away.
function asked(element) {
  const question = document.getElementById(`${element.id}-confirm`);
  if (!question) return Promise.resolve(true);
  const dialog = question.cloneNode(true);
  dialog.removeAttribute("id");
  dialog.querySelector("h2").id = "question";
  dialog.setAttribute("aria-labelledby", "question");
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

function choiceOf(element) {
  switch (element.dataset.kind) {
    case "button":
      return element.dataset.choice ?? null;
    case "select":
      return element.multiple ? [...element.selectedOptions].map((one) => one.value) : element.value || null;
    case "checkbox":
      return [...element.querySelectorAll("input:checked")].map((one) => one.value);
    case "radio":
      return element.querySelector("input:checked")?.value ?? null;
    default:
      return element.value || null;
  }
}

const underWay = new WeakMap();

// Of a button's taps the first counts while it is on its way; a menu's choices go one by one.
async function use(element, choice) {
  const before = underWay.get(element);
  if (before && element.dataset.kind === "button") return before;
  const sent = (async () => {
    const { action, block } = element.dataset;
    const { at } = element.closest("[data-at]").dataset;
    await before;
    if (!(await asked(element))) return refresh();
    return perform("click", { at, action, block, choice }, element);
  })();
  underWay.set(element, sent);
  try {
    return await sent;
  } finally {
    if (underWay.get(element) === sent) underWay.delete(element);
  }
}

const typing = new WeakMap();

// Typing "Cur" in a closed menu passes by other options on its way: send where it ends.
function useSoon(element) {
  clearTimeout(typing.get(element));
  typing.set(element, setTimeout(() => use(element, choiceOf(element)), 500));
}

function entered(modal) {
  const values = {};
  for (const element of modal.querySelectorAll(".input [data-action]")) {
    (values[element.dataset.block] ??= {})[element.dataset.action] = choiceOf(element);
  }
  return values;
}

function fieldsOf(form) {
  return Object.fromEntries(new FormData(form));
}

async function submit(form) {
  const action = form.dataset.form;
  const button = form.querySelector("[type=submit]");
  if (action === "submit") {
    const modal = form.closest("dialog");
    say("", true);
    const wrong = form.querySelector(":invalid");
    if (wrong) {
      say(wrong.validationMessage, true);
      return wrong.focus();
    }
    return perform("submit", { view: modal.dataset.at, values: entered(modal) }, button);
  }
  const args = fieldsOf(form);
  if (action === "say") {
    if (!args.text.trim()) return;
    form.elements.text.value = "";
    fit(form.elements.text);
  }
  const answer = await perform(action, args, button);
  if (action === "merge-story" && answer.ok) form.elements.title.value = "";
}

// ---- What the browser tells us ---------------------------------------------------------------

function closeDrawers() {
  document.body.classList.remove("show-sidebar", "show-github");
  document.getElementById("scrim").hidden = true;
  for (const one of document.querySelectorAll("[data-drawer][aria-expanded]")) one.setAttribute("aria-expanded", "false");
}

function toggleDrawer(name) {
  const open = !document.body.classList.contains(`show-${name}`);
  closeDrawers();
  if (!open) return document.querySelector(`[data-drawer=${name}][aria-expanded]`)?.focus();
  document.body.classList.add(`show-${name}`);
  document.getElementById("scrim").hidden = false;
  document.querySelector(`[data-drawer=${name}][aria-expanded]`)?.setAttribute("aria-expanded", "true");
  document.getElementById(name).querySelector("a, button")?.focus();
}

function fit(area) {
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight, 160)}px`;
}

function closeModal() {
  const modal = document.querySelector("dialog[data-modal]");
  if (modal) perform("close", { view: modal.dataset.at });
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("a, button, .scrim");
  for (const menu of document.querySelectorAll("details.overflow[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  if (!target) return;
  const { dataset } = target;
  if (target.matches("a[data-nav]") && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    visit(target.getAttribute("href"));
  } else if (target.matches(".scrim")) closeDrawers();
  else if (dataset.drawer) toggleDrawer(dataset.drawer);
  else if (target.matches("[data-close]")) closeModal();
  else if (dataset.pick !== undefined) {
    target.closest("details").open = false;
    use(target.closest("[data-action]"), dataset.pick);
  } else if (dataset.kind === "button") use(target, choiceOf(target));
  else if (dataset.do) {
    const form = dataset.withForm !== undefined ? fieldsOf(target.closest("form")) : {};
    perform(dataset.do, { ...form, pr: dataset.pr, reviewer: dataset.reviewer }, target);
  }
});

document.addEventListener("change", (event) => {
  const element = event.target.closest("[data-action]");
  if (!element || !(followsServer(element) || "dispatch" in element.dataset)) return;
  if (byKey && element.matches("select")) useSoon(element);
  else use(element, choiceOf(element));
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.form) return;
  event.preventDefault();
  submit(form);
});

let byKey = false;
document.addEventListener("pointerdown", () => (byKey = false), true);

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  byKey = key !== "Enter";
  if (target.id === "typed" && key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    target.form.requestSubmit();
  } else if (target.matches?.("select[data-action]") && ["ArrowDown", "ArrowUp"].includes(key) && target.showPicker) {
    // An arrow would choose, and so send, at once: open the list instead; Enter chooses.
    event.preventDefault();
    target.showPicker();
  } else if (key === "Escape") {
    for (const menu of document.querySelectorAll("details.overflow[open]")) menu.open = false;
    if (document.body.matches(".show-sidebar, .show-github")) closeDrawers();
  }
});

document.addEventListener("input", (event) => {
  if (event.target.id === "typed") fit(event.target);
});

document.addEventListener(
  "cancel",
  (event) => {
    if (!event.target.matches("dialog[data-modal]")) return;
    event.preventDefault();
    closeModal();
  },
  true,
);

document.addEventListener("visibilitychange", tellSeen);
window.addEventListener("popstate", () => visit(location.pathname, { push: false }));

settle(true);
if (location.pathname.endsWith("/home")) post("open-home", {});
listen();
