// Talks to the playground: who we are there, and how something is done.

export const me = () => document.body.dataset.me;
export const team = () => document.body.dataset.team;

export async function post(action, args) {
  try {
    const answer = await fetch(`/w/${team()}/as/${encodeURIComponent(me())}/do/${action}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Playground": "page" },
      body: JSON.stringify(args),
    });
    return await answer.json();
  } catch {
    return { ok: false, say: "The playground is not running." };
  }
}

let fading = 0;

// Says something in passing; in an open dialog beside its buttons if it is wrong there.
export function say(text, inModal = false) {
  const modalError = document.querySelector("dialog[open] .modal-error");
  const line = inModal && modalError ? modalError : document.getElementById("toast");
  line.textContent = text;
  if (line.id === "toast") {
    clearTimeout(fading);
    fading = setTimeout(() => (line.textContent = ""), 6000);
  }
}
