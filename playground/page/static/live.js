// Keeps the page up to date. The server draws everything: whatever happens, this fetches the page
// again and changes only what differs.

import { tick } from "./clock.js";
import { hear as inspect } from "./inspector.js";
import { morph } from "./morph.js";
import { me, post, team } from "./server.js";
import { sortAgain } from "./tables.js";

const pane = () => document.getElementById("pane");
const whereabouts = () => `${team()}/${me()}/${pane().dataset.place}`;

// Where "New" began when the reader arrived: it stays there until they go somewhere else.
let arrived = { place: "", since: "" };

function arrive() {
  if (arrived.place !== whereabouts()) arrived = { place: whereabouts(), since: pane().dataset.since };
}

// Where everything changes all the time, the page is drawn some times a second, not all the time.
const BREATH_MS = 120;

let drawing = null;
let stale = false;

// Several wishes while one page is on its way make one more page, not many.
export function refresh() {
  stale = true;
  drawing ??= (async () => {
    try {
      while (stale) {
        stale = false;
        await draw();
        if (stale) await new Promise((resolve) => setTimeout(resolve, BREATH_MS));
      }
    } catch (problem) {
      if (!(problem instanceof TypeError)) throw problem; // the server is away: the socket says so
    } finally {
      drawing = null;
    }
  })();
  return drawing;
}

function addressToFetch() {
  const address = new URL(location.href);
  const [, , of, , who, place] = address.pathname.split("/");
  if (arrived.place === `${of}/${decodeURIComponent(who)}/${place}`) address.searchParams.set("since", arrived.since);
  return address.pathname + address.search;
}

async function draw() {
  const wanted = location.href;
  const answer = await fetch(addressToFetch(), { headers: { "X-Playground": "page" } });
  if (wanted !== location.href) return;
  if (answer.status === 404) return location.assign("/"); // a channel one was taken out of
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const ends = ["scroll", "thread-scroll"].map((id) => [id, distanceFromEnd(id)]);
  const before = whereabouts();
  const focus = document.activeElement;
  const inside = focus?.closest("[data-at]");
  for (const open of document.querySelectorAll("dialog[data-modal]")) {
    if (!fresh.getElementById(open.id)) open.close();
  }
  document.title = fresh.title;
  Object.assign(document.body.dataset, { me: fresh.body.dataset.me, team: fresh.body.dataset.team });
  morph(document.getElementById("app"), fresh.getElementById("app"));
  settle(before === whereabouts() ? ends : []);
  if (focus && !focus.isConnected && inside?.isConnected && !inside.matches("dialog")) {
    inside.tabIndex = -1;
    inside.focus({ preventScroll: true });
  }
}

function distanceFromEnd(id) {
  const scroll = document.getElementById(id);
  return scroll ? scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight : 0;
}

let keepsPlace = false;

// The next drawing shows earlier messages: what was in view has to stay in view.
export function keepPlace() {
  keepsPlace = true;
}

// What has to be right after every change: the end in view, the modal open, the place seen.
export function settle(ends = []) {
  const known = new Map(ends);
  for (const id of ["scroll", "thread-scroll"]) {
    const scroll = document.getElementById(id);
    if (!scroll) continue;
    const before = known.get(id) ?? 0;
    if (before < 80) scroll.scrollTop = scroll.scrollHeight;
    else if (keepsPlace) scroll.scrollTop = scroll.scrollHeight - scroll.clientHeight - before;
  }
  keepsPlace = false;
  const modal = document.querySelector("dialog[data-modal]");
  if (modal && !modal.open) {
    modal.showModal();
    modal.querySelector(".modal-body :is([autofocus], input, select, textarea)")?.focus();
  }
  modal?.querySelector("[aria-invalid=true]")?.focus();
  for (const one of document.querySelectorAll(".faces [aria-current=true]")) one.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (document.querySelector("[data-waiting]")) setTimeout(refresh, 1000);
  if (document.querySelector("#home[aria-busy=true]")) askAgain();
  sortAgain();
  tick();
  arrive();
  tellSeen();
}

export function tellSeen() {
  if (document.visibilityState !== "visible") return;
  const { channel } = pane().dataset;
  const thread = document.getElementById("thread");
  if (thread?.hasAttribute("data-unseen")) post("seen", { channel, thread: thread.dataset.threadTs });
  else if (pane().hasAttribute("data-unseen")) post("seen", { channel });
}

let socket = null;

// Keeps one socket open, for whoever the page shows.
export function listen() {
  socket?.close();
  const own = new WebSocket(`ws://${location.host}/live/${team()}/${encodeURIComponent(me())}`);
  socket = own;
  own.onmessage = ({ data }) => hear(JSON.parse(data));
  own.onclose = () => {
    if (own !== socket) return;
    document.getElementById("offline").hidden = false;
    setTimeout(listen, 1000);
  };
}

function hear(told) {
  document.getElementById("offline").hidden = true;
  if (told.version && told.version !== document.body.dataset.version) location.reload();
  if (told.typing) return showTyping(told.typing);
  inspect(told.traffic);
  if (told.version || told.changed) refresh();
}

let typist = 0;

function showTyping({ channel, who }) {
  const line = document.getElementById("typing");
  if (!line || channel !== pane().dataset.channel) return;
  line.textContent = `${who} is typing …`;
  clearTimeout(typist);
  typist = setTimeout(() => (line.textContent = ""), 4000);
}

let told = 0;

export function tellTyping() {
  const { channel } = pane().dataset;
  if (!channel || Date.now() - told < 2500 || socket?.readyState !== WebSocket.OPEN) return;
  told = Date.now();
  socket.send(JSON.stringify({ typing: channel }));
}

export async function visit(path, { push = true } = {}) {
  const before = `${team()}/${me()}`;
  if (push) history.pushState(null, "", path);
  closeDrawers();
  await refresh();
  if (before !== `${team()}/${me()}`) listen();
  tellTab();
}

let asking = 0;

// An app that was still starting, or has just been installed, may have missed that its Home is open.
function askAgain() {
  clearTimeout(asking);
  asking = setTimeout(() => document.querySelector("#home[aria-busy=true]") && (tellTab(), askAgain()), 2000);
}

// The app hears which of its tabs somebody opened, where it is installed.
export function tellTab() {
  const tab = ["home", "messages"].find((one) => location.pathname.endsWith(`/${one}`));
  if (tab && pane().hasAttribute("data-has-app")) post("open-home", { tab });
}

export function closeDrawers() {
  document.body.classList.remove("show-sidebar", "show-github");
  document.getElementById("scrim").hidden = true;
  for (const one of document.querySelectorAll("[data-drawer][aria-expanded]")) one.setAttribute("aria-expanded", "false");
}
