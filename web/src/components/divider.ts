/** The divider between a picture before and after: a slider that works by pointer and by keyboard. */

import { clamp } from "./elements";

export interface DividerOptions {
  /** What is left of the divider and what is right of it, for screen readers. */
  labels: readonly [string, string];
  /** Called after each change of the position. */
  moved: (at: number) => void;
  /** Where the visible picture is in the divider's parent, in CSS pixels; by default it fills the parent. */
  picture?: () => { left: number; width: number };
  /** How far an arrow key moves it, as a share of the picture's width. */
  step?: number;
  /** The lowest and the highest position. */
  range?: readonly [number, number];
}

const LARGE_STEP = 0.1; // of the Page Up and Page Down keys, and of arrow keys with Shift

export class Divider {
  /** The position, 0 to 1 of the visible picture's width from its left edge. */
  at = 0.5;
  private grip = 0; // CSS pixels from the divider's line to where the pointer took hold of it

  /** `element`: an element of class `divider` with the role `slider`, in the element that holds the picture. */
  constructor(
    readonly element: HTMLElement,
    private readonly options: DividerOptions,
  ) {
    element.append(Object.assign(document.createElement("span"), { className: "grip" }));
    element.addEventListener("keydown", (event) => {
      if (!this.key(event)) return;
      event.preventDefault();
      event.stopPropagation();
    });
    this.place();
  }

  /** Moves it to `at`, 0 to 1. */
  set(at: number): void {
    const [low, high] = this.options.range ?? [0, 1];
    this.at = clamp(at, low, high);
    this.place();
    this.options.moved(this.at);
  }

  /** Puts it where it belongs over the picture, on a whole pixel of the screen; to be called when the picture moved. */
  place(): void {
    const { picture, labels } = this.options;
    if (picture) this.element.style.left = `${this.line}px`;
    else this.element.style.left = `${100 * this.at}%`;
    const percent = Math.round(100 * this.at);
    this.element.setAttribute("aria-valuenow", String(percent));
    this.element.setAttribute("aria-valuetext", `${percent}% ${labels[0]}, ${100 - percent}% ${labels[1]}`);
  }

  /** Where its line is, in CSS pixels from the parent's left edge. */
  get line(): number {
    const { left, width } = this.area();
    return Math.round((left + this.at * width) * devicePixelRatio) / devicePixelRatio;
  }

  /** A pointer went down: takes hold of the divider, or brings it to the pointer. */
  grab(event: PointerEvent): void {
    const held = this.element.contains(event.target as Node);
    this.grip = held ? this.offset(event) - this.line : 0;
    if (!held) this.drag(event);
  }

  /** The pointer that has hold of it moved. */
  drag(event: PointerEvent): void {
    const { left, width } = this.area();
    this.set((this.offset(event) - this.grip - left) / Math.max(1, width));
  }

  /** Follows pointers on all of `surface`. */
  follow(surface: HTMLElement): void {
    surface.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || this.element.hidden) return;
      surface.setPointerCapture(event.pointerId);
      this.element.focus({ preventScroll: true });
      this.grab(event);
    });
    surface.addEventListener("pointermove", (event) => {
      if (surface.hasPointerCapture(event.pointerId)) this.drag(event);
    });
  }

  /** @returns whether the key moved it. */
  key(event: KeyboardEvent): boolean {
    if (event.ctrlKey || event.altKey || event.metaKey) return false;
    const { step = 0.02, range = [0, 1] } = this.options;
    const small = event.shiftKey ? LARGE_STEP : step;
    const to = {
      ArrowLeft: this.at - small,
      ArrowRight: this.at + small,
      ArrowDown: this.at - small,
      ArrowUp: this.at + small,
      PageDown: this.at - LARGE_STEP,
      PageUp: this.at + LARGE_STEP,
      Home: range[0],
      End: range[1],
    }[event.key];
    if (to === undefined) return false;
    this.set(to);
    return true;
  }

  private area(): { left: number; width: number } {
    return this.options.picture?.() ?? { left: 0, width: this.element.parentElement?.clientWidth ?? 0 };
  }

  private offset(event: PointerEvent): number {
    return event.clientX - (this.element.parentElement?.getBoundingClientRect().left ?? 0);
  }
}

/**
 * The `clip-path` that leaves what is right of `at`, 0 to 1, of an element that may be shown as in a mirror.
 * @param bottom CSS pixels at the bottom that it cuts off too.
 */
export function rightOf(at: number, mirrored = false, bottom = 0): string {
  return mirrored ? `inset(0 ${100 * at}% ${bottom}px 0)` : `inset(0 0 ${bottom}px ${100 * at}%)`;
}

/** A `background` that draws the divider's line at `at`, where a separate element cannot be used. */
export function lineAt(at: number): string {
  return `linear-gradient(#fff, #fff) calc(${100 * at}% - 1px) 0 / 2px 100% no-repeat border-box`;
}
