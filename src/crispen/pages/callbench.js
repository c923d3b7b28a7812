// Tables: sorted by a click on a head, the better first, then the worse first, then as they were. The input stays above.

function valueOf(cell) {
  return parseFloat(cell.dataset.v ?? cell.firstChild?.textContent.replace("\u2212", "-"));
}

function sortTable(table, head, order) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  rows.forEach((row, index) => { row.dataset.place ??= index; });
  const column = head.cellIndex;
  const value = (row) => (order === "none" ? -row.dataset.place : valueOf(row.cells[column]));
  const sign = order === "ascending" ? -1 : 1;
  const ranked = rows.filter((row) => !row.matches(".input")).sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    if (isNaN(a) || isNaN(b)) return isNaN(a) - isNaN(b) || one.dataset.place - other.dataset.place;
    return sign * (b - a) || one.dataset.place - other.dataset.place;
  });
  body.append(...rows.filter((row) => row.matches(".input")), ...ranked);
  for (const other of table.tHead.rows[0].cells) if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
  head.setAttribute("aria-sort", order);
}

document.addEventListener("click", (event) => {
  const head = event.target.closest("th[aria-sort]");
  if (!head) return;
  const orders = head.hasAttribute("data-less") ? ["ascending", "descending", "none"] : ["descending", "ascending", "none"];
  sortTable(head.closest("table"), head, orders[(orders.indexOf(head.getAttribute("aria-sort")) + 1) % 3]);
});

// Measures: the tables of each choice but the first lie in templates.

for (const block of document.querySelectorAll(".choosable")) {
  const select = block.querySelector("select");
  const first = select.value;
  const boxes = [...block.querySelectorAll(".one")];
  const kept = new Map(); // "choice|table" -> what is inside the table
  for (const box of boxes) {
    const inside = document.createDocumentFragment();
    for (const child of box.querySelector("table").children) inside.append(child.cloneNode(true));
    kept.set(`${first}|${box.dataset.table}`, inside);
  }
  for (const each of block.querySelectorAll("template")) kept.set(`${each.dataset.choice}|${each.dataset.table}`, each.content);
  select.addEventListener("change", () => {
    for (const box of boxes) {
      const scroll = box.querySelector(".scroll");
      const inside = kept.get(`${select.value}|${box.dataset.table}`);
      scroll.hidden = !inside;
      box.querySelector(".absent").hidden = Boolean(inside);
      if (inside) scroll.querySelector("table").replaceChildren(inside.cloneNode(true));
    }
  });
}

for (const box of document.querySelectorAll(".table .chooser input")) {
  box.addEventListener("change", () => box.closest(".table").classList.toggle("intervals", box.checked));
}

// Cases: a divider each, the truth pressed (it stays) or held (it goes with the finger), and one size for all.

function showTruth(figure, shown) {
  figure.querySelector(".pair").classList.toggle("true-shown", shown);
  figure.querySelector(".show").setAttribute("aria-pressed", shown);
}
const truthShown = (figure) => figure.querySelector(".pair").classList.contains("true-shown");
const HELD = 400; // milliseconds

for (const figure of document.querySelectorAll(".case")) {
  const pair = figure.querySelector(".pair");
  const divider = pair.querySelector("input");
  const move = () => pair.style.setProperty("--at", divider.value);
  divider.addEventListener("input", move);
  move(); // browsers keep what an input had before a page was loaded again

  const button = figure.querySelector(".show");
  let since = 0, before = false;
  const press = () => { since = performance.now(); before = truthShown(figure); showTruth(figure, !before); };
  const release = () => {
    if (since && performance.now() - since > HELD) showTruth(figure, before);
    since = 0;
  };
  button.addEventListener("pointerdown", (event) => { if (event.button === 0) { button.setPointerCapture(event.pointerId); press(); } });
  button.addEventListener("pointerup", release);
  button.addEventListener("pointercancel", release);
  button.addEventListener("contextmenu", (event) => event.preventDefault()); // a long press on a phone
  button.addEventListener("click", (event) => { if (event.detail === 0) showTruth(figure, !truthShown(figure)); }); // by key
  figure.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "t" && !event.repeat && !event.ctrlKey && !event.altKey && !event.metaKey) press();
  });
  figure.addEventListener("keyup", (event) => { if (event.key.toLowerCase() === "t") release(); });
}

for (const button of document.querySelectorAll("[data-zoom]")) {
  button.addEventListener("click", () => {
    for (const other of document.querySelectorAll("[data-zoom]")) other.setAttribute("aria-pressed", other === button);
    const root = document.documentElement.style;
    root.setProperty("--zoom", button.dataset.zoom);
    root.setProperty("--room", `${256 * button.dataset.zoom}px`);
  });
}
