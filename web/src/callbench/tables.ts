/** Tables that can be sorted, show other measures on request, and show all intervals on request. */

import { all, first } from "../components/elements";

type Order = "descending" | "ascending" | "none";

/** A click on a column's head sorts by it: the better first, then the worse first, then as before. The input stays on top. */
export function sortByHeads(): void {
  document.addEventListener("click", (event) => {
    const head = (event.target as Element).closest<HTMLTableCellElement>("th[aria-sort]");
    const table = head?.closest("table");
    if (!head || !table) return;
    const better: Order[] = head.hasAttribute("data-less") ? ["ascending", "descending"] : ["descending", "ascending"];
    const orders: Order[] = [...better, "none"];
    const now = orders.indexOf(head.getAttribute("aria-sort") as Order);
    sort(table, head, orders[(now + 1) % orders.length] as Order);
  });
}

function sort(table: HTMLTableElement, head: HTMLTableCellElement, order: Order): void {
  const body = first<HTMLTableSectionElement>("tbody", table);
  const rows = [...body.rows];
  for (const [index, row] of rows.entries()) row.dataset.place ??= String(index);
  const place = (row: HTMLTableRowElement) => Number(row.dataset.place);
  const value = (row: HTMLTableRowElement) => (order === "none" ? -place(row) : sortValue(row.cells[head.cellIndex]));
  const sign = order === "ascending" ? -1 : 1;
  const isInput = (row: HTMLTableRowElement) => row.matches(".input");
  const ranked = rows
    .filter((row) => !isInput(row))
    .sort((one, other) => {
      const [a, b] = [value(one), value(other)];
      if (Number.isNaN(a) || Number.isNaN(b))
        return Number(Number.isNaN(a)) - Number(Number.isNaN(b)) || place(one) - place(other);
      return sign * (b - a) || place(one) - place(other);
    });
  body.append(...rows.filter(isInput), ...ranked);
  for (const other of all("thead [aria-sort]", table)) other.setAttribute("aria-sort", "none");
  head.setAttribute("aria-sort", order);
}

/** The number that a cell is sorted by; NaN if it has none. */
function sortValue(cell: HTMLTableCellElement | undefined): number {
  return Number.parseFloat(cell?.dataset.v ?? cell?.firstChild?.textContent?.replace("\u2212", "-") ?? "");
}

/** Menus of measures: the tables for each choice but the first are in templates. */
export function chooseMeasures(): void {
  for (const block of all(".choosable")) chooseMeasure(block);
}

function chooseMeasure(block: HTMLElement): void {
  const select = first<HTMLSelectElement>("select", block);
  const boxes = all(".one", block);
  const kept = new Map<string, DocumentFragment>(); // by choice and table
  const keyOf = (choice: string | undefined, table: string | undefined) => `${choice}|${table}`;
  for (const box of boxes) {
    const inside = document.createDocumentFragment();
    for (const child of first("table", box).children) inside.append(child.cloneNode(true));
    kept.set(keyOf(select.value, box.dataset.table), inside);
  }
  for (const each of all<HTMLTemplateElement>("template", block)) {
    kept.set(keyOf(each.dataset.choice, each.dataset.table), each.content);
  }
  select.addEventListener("change", () => {
    for (const box of boxes) {
      const inside = kept.get(keyOf(select.value, box.dataset.table));
      first(".scroll", box).hidden = !inside;
      first(".absent", box).hidden = Boolean(inside);
      if (inside) first("table", box).replaceChildren(inside.cloneNode(true));
    }
  });
}

/** Check boxes that show the intervals of a table. */
export function showIntervals(): void {
  for (const box of all<HTMLInputElement>(".table .chooser input")) {
    box.addEventListener("change", () => box.closest(".table")?.classList.toggle("intervals", box.checked));
  }
}
