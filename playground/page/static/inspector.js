// The inspector: what goes back and forth between Slack and the app, newest first. Thousands may
// be kept; only the newest that match are in the document.

const KEPT = 5000;
const SHOWN = 200;
const state = { lines: [], newest: 0, from: 0, asking: false, wanted: 0, chosen: 0 };
const panel = () => document.getElementById("inspector");

export async function hear(newest = 0) {
  state.wanted = Math.max(state.wanted, newest);
  if (panel().hidden || state.asking || state.wanted <= state.newest) return;
  state.asking = true;
  try {
    const answer = await fetch(`/traffic?after=${state.newest}`, { headers: { "X-Playground": "page" } });
    const { lines, newest: now } = await answer.json();
    state.newest = now;
    state.lines.push(...lines.filter((one) => one.seq > state.from));
    state.lines.splice(0, state.lines.length - KEPT);
    show();
  } finally {
    state.asking = false;
  }
  if (state.wanted > state.newest) setTimeout(hear, 100);
}

function matches(line, words, way) {
  if (way === "trouble" && !line.trouble) return false;
  if (way === "call" && line.to_app) return false;
  if (way === "event" && !line.to_app) return false;
  return !words || `${line.name} ${line.team} ${line.about} ${line.trouble}`.toLowerCase().includes(words);
}

export function show() {
  const words = document.getElementById("inspector-filter").value.trim().toLowerCase();
  const way = document.getElementById("inspector-way").value;
  const found = state.lines.filter((line) => matches(line, words, way));
  const list = document.getElementById("exchanges");
  const known = new Map([...list.children].map((one) => [one.dataset.seq, one]));
  const rows = found.slice(-SHOWN).reverse().map((line) => known.get(String(line.seq)) ?? row(line));
  list.replaceChildren(...rows);
  document.getElementById("inspector-count").textContent =
    found.length > SHOWN ? `newest ${SHOWN} of ${found.length}` : `${found.length} shown`;
}

function part(name, text) {
  return Object.assign(document.createElement("span"), { className: name, textContent: text });
}

function row(line) {
  const item = document.createElement("li");
  item.dataset.seq = line.seq;
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.exchange = line.seq;
  button.className = line.trouble ? "exchange-line trouble" : "exchange-line";
  const way = part(line.to_app ? "way to-app" : "way", line.to_app ? "→" : "←");
  way.setAttribute("role", "img");
  way.setAttribute("aria-label", line.to_app ? "Slack tells the app:" : "The app asks Slack:");
  button.append(
    part("when", new Date(line.at * 1000).toLocaleTimeString("en-GB")),
    way,
    part("name", line.name),
    part("about", line.trouble || line.about),
    part("took", `${line.took_ms < 10 ? line.took_ms.toFixed(1) : Math.round(line.took_ms)} ms`),
  );
  item.append(button);
  return item;
}

// Shows one exchange in full.
export async function open(button) {
  const answer = await fetch(`/traffic/${button.dataset.exchange}`, { headers: { "X-Playground": "page" } });
  for (const one of document.querySelectorAll(".exchange-line[aria-current]")) one.removeAttribute("aria-current");
  button.setAttribute("aria-current", "true");
  const place = document.getElementById("exchange");
  if (!answer.ok) return place.replaceChildren(part("empty", "That is too long ago: it was forgotten."));
  place.replaceChildren(...inFull(await answer.json()));
}

function inFull(found) {
  const facts = [found.to_app ? "Slack → app" : "App → Slack", found.team, `${found.took_ms} ms`];
  if (!found.to_app) facts.push(found.status ? `HTTP ${found.status}` : "no answer");
  const head = Object.assign(document.createElement("h3"), { textContent: found.name });
  const line = Object.assign(document.createElement("p"), { className: "small", textContent: facts.filter(Boolean).join(" · ") });
  const trouble = found.trouble ? [Object.assign(document.createElement("p"), { className: "error", textContent: found.trouble })] : [];
  return [head, line, ...trouble, ...told("Sent", found.sent), ...told("Answered", found.answer)];
}

function told(name, value) {
  const head = Object.assign(document.createElement("h4"), { textContent: name });
  const text = Object.assign(document.createElement("code"), { textContent: value === null ? "(nothing)" : JSON.stringify(value, null, 2) });
  const box = document.createElement("pre");
  box.append(text);
  return [head, box];
}

export function toggle() {
  const opens = panel().hidden;
  panel().hidden = !opens;
  document.body.classList.toggle("show-inspector", opens);
  const button = document.getElementById("inspector-button");
  button.setAttribute("aria-expanded", String(opens));
  if (!opens) return button.focus();
  document.getElementById("inspector-filter").focus();
  hear();
}

export function clear() {
  state.from = state.newest;
  state.lines = [];
  show();
}
