/** The best and the worst cases: a divider each, the truth at the press of a button, and one size for all. */

import { Divider } from "../components/divider";
import { all, first, isShortcut } from "../components/elements";
import { Held } from "../components/held";

const CROP = 256; // pixels: the usual width of a case

export function openGallery(): void {
  for (const figure of all(".case")) openCase(figure);
  const buttons = all("[data-zoom]");
  for (const button of buttons) {
    button.addEventListener("click", () => {
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      const zoom = Number(button.dataset.zoom);
      document.documentElement.style.setProperty("--zoom", String(zoom));
      document.documentElement.style.setProperty("--room", `${CROP * zoom}px`);
    });
  }
}

function openCase(figure: HTMLElement): void {
  const pair = first(".pair", figure);
  const button = first(".show", figure);
  const [before, after] = all(".side", pair).map((each) => each.textContent ?? "");
  const divider = new Divider(first(".divider", pair), {
    labels: [before ?? "", after ?? ""],
    moved: (at) => pair.style.setProperty("--at", String(100 * at)),
    step: 0.01,
  });
  divider.follow(pair);

  const shown = () => pair.classList.contains("truth-shown");
  const truth = new Held(shown, (show) => {
    pair.classList.toggle("truth-shown", show);
    button.setAttribute("aria-pressed", String(show));
  });
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    button.setPointerCapture(event.pointerId);
    truth.press();
  });
  button.addEventListener("pointerup", () => truth.release());
  button.addEventListener("pointercancel", () => truth.release());
  button.addEventListener("contextmenu", (event) => event.preventDefault()); // a long press on a phone
  button.addEventListener("click", (event) => event.detail === 0 && truth.toggle()); // by key
  figure.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "t" && !event.repeat && !isShortcut(event)) truth.press();
  });
  figure.addEventListener("keyup", (event) => event.key.toLowerCase() === "t" && truth.release());
}
