// Lets the playground's clock run on between two drawings of the page.

let drawn = { now: 0, at: 0 };

export function tick() {
  const clock = document.getElementById("clock-now");
  if (!clock) return;
  const now = Number(clock.dataset.now);
  if (now !== drawn.now) drawn = { now, at: Date.now() };
  const ahead = new Date(now * 1000 + Date.now() - drawn.at);
  const parts = new Intl.DateTimeFormat("en-GB", {
    weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
    timeZone: clock.dataset.tz,
  }).formatToParts(ahead);
  const part = Object.fromEntries(parts.map((one) => [one.type, one.value]));
  const text = `${part.weekday}, ${part.day} ${part.month.slice(0, 3)}, ${part.hour}:${part.minute}`;
  if (clock.textContent !== text) clock.textContent = text;
}

setInterval(tick, 5000);
