// Buttons, menus and inputs of messages and views: what a person chose, and sending it.

import { refresh, visit } from "./live.js";
import { post, say } from "./server.js";

export async function perform(action, args, busy) {
  if (busy?.getAttribute("aria-busy") === "true") return { ok: false }; // a second tap of the same
  busy?.setAttribute("aria-busy", "true");
  const answer = await post(action, args);
  busy?.removeAttribute("aria-busy");
  if (answer.say) say(answer.say, action === "submit" && !answer.ok);
  if (answer.go) await visit(answer.go);
  else await refresh();
  return answer;
}

// The question is a copy beside the page: a new drawing of what asked it must not take it away.
export function asked(element) {
  const question = document.getElementById(element.dataset.ask ?? `${element.id}-confirm`);
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

const richText = (text) => ({
  type: "rich_text",
  elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }],
});

export function choiceOf(element) {
  switch (element.dataset.kind) {
    case "button":
      return element.dataset.choice ?? null;
    case "select":
      return element.multiple ? [...element.selectedOptions].map((one) => one.value) : element.value || null;
    case "checkbox":
      return [...element.querySelectorAll("input:checked")].map((one) => one.value);
    case "radio":
      return element.querySelector("input:checked")?.value ?? null;
    case "moment":
      return element.value ? Math.floor(new Date(`${element.value}Z`).getTime() / 1000) : null;
    case "rich":
      return element.value.trim() ? richText(element.value) : null;
    case "suggest":
      return picked(element);
    default:
      return element.value || null;
  }
}

const offers = new Map();

// An option as the app described it; what was there before stays what it was.
function picked(element) {
  const option = offeredBy(element).get(element.value) ?? null;
  return element.dataset.many === undefined ? option : option && [option];
}

const offeredBy = (element) => offers.get(element.id) ?? new Map();

// Asks the app what it offers for the words typed so far, and shows that as a list.
export async function suggest(element) {
  if (element.value.length < Number(element.dataset.least ?? 3)) return;
  const { action, block } = element.dataset;
  const { at } = element.closest("[data-at]").dataset;
  const answer = await post("suggest", { at, action, block, text: element.value });
  const options = new Map((answer.options ?? []).map((one) => [one.text.text, one]));
  offers.set(element.id, new Map([...offeredBy(element), ...options]));
  const shown = [...options.keys()].map((label) => Object.assign(document.createElement("option"), { value: label }));
  element.list.replaceChildren(...shown);
}

const underWay = new WeakMap();

// Of a button's taps the first counts while it is on its way; a menu's choices go one by one.
export async function use(element, choice) {
  const { action, block, kind } = element.dataset;
  const { at } = element.closest("[data-at]").dataset;
  if (!(await asked(element))) return kind === "button" ? null : refresh();
  const before = underWay.get(element);
  if (before && kind === "button") return before;
  const sent = (async () => {
    await before;
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
export function useSoon(element) {
  clearTimeout(typing.get(element));
  typing.set(element, setTimeout(() => use(element, choiceOf(element)), 500));
}

export function entered(modal) {
  const values = {};
  for (const element of modal.querySelectorAll(".input [data-action]")) {
    if (element.dataset.kind === "suggest" && element.value === element.defaultValue) continue;
    (values[element.dataset.block] ??= {})[element.dataset.action] = choiceOf(element);
  }
  return values;
}
