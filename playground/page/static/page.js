// Everything a person does at the page: taps, keys and forms, and where each goes.

import { asked, choiceOf, entered, perform, suggest, use, useSoon } from "./elements.js";
import * as inspector from "./inspector.js";
import { closeDrawers, keepPlace, listen, settle, tellSeen, tellTab, tellTyping, visit } from "./live.js";
import { followsServer } from "./morph.js";
import { say } from "./server.js";
import { sortBy } from "./tables.js";

function fieldsOf(form) {
  return Object.fromEntries(new FormData(form));
}

// What a button's data-arg-… attributes say.
function argumentsOf({ dataset }) {
  const named = Object.entries(dataset).filter(([name]) => name.startsWith("arg"));
  return Object.fromEntries(named.map(([name, value]) => [name.slice(3).toLowerCase(), value]));
}

async function submit(form) {
  const action = form.dataset.form;
  const button = form.querySelector("[type=submit]");
  if (action === "submit") return submitModal(form, button);
  const args = fieldsOf(form);
  if (action === "say") {
    if (!args.text.trim()) return;
    form.elements.text.value = "";
    fit(form.elements.text);
    toEnd(form);
  }
  const answer = await perform(action, args, button);
  if (action === "merge-story" && answer.ok) form.elements.title.value = "";
}

// Who writes wants to see what they wrote, and what is answered.
function toEnd(form) {
  const scroll = form.parentNode.querySelector(".scroll");
  scroll.scrollTop = scroll.scrollHeight;
}

function submitModal(form, button) {
  const modal = form.closest("dialog");
  say("", true);
  const wrong = form.querySelector(":invalid");
  if (wrong) {
    say(wrong.validationMessage, true);
    return wrong.focus();
  }
  return perform("submit", { view: modal.dataset.at, values: entered(modal) }, button);
}

async function doThis(button) {
  const form = button.dataset.withForm !== undefined ? fieldsOf(button.closest("form")) : {};
  if (await asked(button)) await perform(button.dataset.do, { ...form, ...argumentsOf(button) }, button);
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

async function follow(link) {
  if (link.dataset.earlier !== undefined) keepPlace();
  link.closest("[popover]")?.hidePopover();
  await visit(link.getAttribute("href"));
  if (link.dataset.thread) document.getElementById("reply-typed")?.focus();
  else if (link.id === "close-thread") document.getElementById("scroll")?.focus();
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
    follow(target);
  } else if (target.matches(".scrim")) closeDrawers();
  else if (dataset.drawer) toggleDrawer(dataset.drawer);
  else if (dataset.inspector !== undefined) inspector.toggle();
  else if (dataset.inspectorClear !== undefined) inspector.clear();
  else if (dataset.exchange) inspector.open(target);
  else if (dataset.sort) sortBy(target);
  else if (target.matches("[data-close]")) closeModal();
  else if (dataset.react) chooseReaction(target);
  else if (dataset.emoji) react(target);
  else if (dataset.pick !== undefined) {
    target.closest("details").open = false;
    use(target.closest("[data-action]"), dataset.pick);
  } else if (dataset.kind === "button") use(target, choiceOf(target));
  else if (dataset.do) doThis(target);
});

document.addEventListener("change", (event) => {
  if (event.target.id === "inspector-way") return inspector.show();
  const element = event.target.closest("[data-action]");
  if (!element || !(followsServer(element) || "dispatch" in element.dataset)) return;
  if (element.dataset.kind === "suggest" && !choiceOf(element)) return;
  if (byKey && element.matches("select")) useSoon(element);
  else use(element, choiceOf(element));
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches(".find")) {
    event.preventDefault();
    return visit(`?${new URLSearchParams(fieldsOf(form))}`);
  }
  if (!form.dataset.form) return;
  event.preventDefault();
  submit(form);
});

// One panel of emoji serves all messages; it opens beside the button that asked.
function chooseReaction(button) {
  const panel = document.getElementById("react-panel");
  panel.dataset.at = button.dataset.react;
  panel.showPopover();
  const { bottom, left, top } = button.getBoundingClientRect();
  const { width, height } = panel.getBoundingClientRect();
  panel.style.left = `${Math.max(8, Math.min(left - width / 2, innerWidth - width - 8))}px`;
  panel.style.top = `${bottom + height + 8 < innerHeight ? bottom + 4 : top - height - 4}px`;
}

function react(button) {
  const panel = button.closest("[popover]");
  panel.hidePopover();
  perform("react", { at: panel.dataset.at, emoji: button.dataset.emoji }, button);
}

let byKey = false;
document.addEventListener("pointerdown", () => (byKey = false), true);

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  byKey = key !== "Enter";
  if (target.matches?.("[data-typing]") && key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    target.form.requestSubmit();
  } else if (target.matches?.("select[data-action]") && ["ArrowDown", "ArrowUp"].includes(key) && target.showPicker) {
    // An arrow would choose, and so send, at once: open the list instead; Enter chooses.
    event.preventDefault();
    target.showPicker();
  } else if (target.matches?.(".exchange-line") && ["ArrowDown", "ArrowUp"].includes(key)) {
    event.preventDefault();
    const next = key === "ArrowDown" ? target.parentNode.nextElementSibling : target.parentNode.previousElementSibling;
    next?.firstElementChild.focus();
  } else if (key === "Escape") escape(target);
});

function escape(target) {
  for (const menu of document.querySelectorAll("details.overflow[open]")) menu.open = false;
  if (target.closest?.("#inspector")) inspector.toggle();
  else if (document.body.matches(".show-sidebar, .show-github")) closeDrawers();
}

let wondering = 0;

document.addEventListener("input", ({ target }) => {
  if (target.matches("[data-typing]")) {
    fit(target);
    if (target.value && !target.value.startsWith("/")) tellTyping();
  } else if (target.id === "inspector-filter") inspector.show();
  else if (target.dataset.kind === "suggest") {
    clearTimeout(wondering);
    wondering = setTimeout(() => suggest(target), 250);
  }
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
window.addEventListener("popstate", () => visit(location.href, { push: false }));

settle();
tellTab();
listen();
