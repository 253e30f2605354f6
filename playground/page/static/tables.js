// Sorts data tables by a column; a new drawing of the page keeps the order.

const orders = new Map();

const valueOf = (row, column) => {
  const cell = row.cells[column];
  return cell.dataset.value === undefined ? cell.textContent.trim() : Number(cell.dataset.value);
};

function compare(a, b) {
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });
}

function apply(table, { column, down }) {
  const body = table.tBodies[0];
  const rows = [...body.rows].sort((a, b) => compare(valueOf(a, column), valueOf(b, column)));
  body.append(...(down ? rows.reverse() : rows));
  [...table.tHead.rows[0].cells].forEach((head, place) => {
    if (place === column) head.setAttribute("aria-sort", down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  });
}

export function sortBy(button) {
  const table = button.closest("table");
  const column = Number(button.dataset.sort);
  const before = orders.get(table.id);
  const order = { column, down: before?.column === column && !before.down };
  orders.set(table.id, order);
  apply(table, order);
}

export function sortAgain() {
  for (const [id, order] of orders) {
    const table = document.getElementById(id);
    if (table) apply(table, order);
  }
}
