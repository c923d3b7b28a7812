/** The stage: one picture as it came and as it is sharpened, a divider between the two, and how closely one looks. */

import { clamp, element } from "../components/elements";

export class Stage {
  private readonly root = element("stage");
  private readonly picture = element("picture");
  private readonly divider = element("divider");
  private at = 0.5; // of the stage's width
  private zoom = 1;
  private middle: [number, number] = [0.5, 0.5]; // the point of the picture in the middle of the stage, 0 to 1
  private gesture: "divide" | "move" | undefined;
  private grip = 0;

  constructor() {
    this.root.addEventListener("pointerdown", (event) => this.take(event));
    this.root.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel"]) {
      this.root.addEventListener(end, () => {
        this.gesture = undefined;
      });
    }
    this.divider.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.show()).observe(this.root);
  }

  set state(state: "waiting" | "running" | "empty") {
    this.root.dataset["state"] = state;
  }

  /** The shape of the picture, and whether it is to be seen as in a mirror. */
  fit(width: number, height: number, mirrored: boolean): void {
    this.root.style.setProperty("--aspect", `${width} / ${height}`);
    this.picture.classList.toggle("mirrored", mirrored);
    this.show();
  }

  setZoom(zoom: number): void {
    this.zoom = zoom;
    if (zoom === 1) this.middle = [0.5, 0.5];
    this.show();
  }

  beforeOnly(shown: boolean): void {
    this.root.classList.toggle("before-only", shown);
  }

  private take(event: PointerEvent): void {
    if (event.button !== 0) return;
    const box = this.root.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width;
    const held = this.divider.contains(event.target as Node);
    this.gesture = !held && this.zoom > 1 ? "move" : "divide";
    this.grip = held ? x - this.at : 0;
    this.root.setPointerCapture(event.pointerId);
    this.drag(event);
  }

  private drag(event: PointerEvent): void {
    const box = this.root.getBoundingClientRect();
    if (this.gesture === "divide") {
      this.divide((event.clientX - box.left) / box.width - this.grip);
    } else if (this.gesture === "move") {
      const [x, y] = this.middle;
      this.middle = [x - event.movementX / box.width / this.zoom, y - event.movementY / box.height / this.zoom];
      this.show();
    }
  }

  private key(event: KeyboardEvent): void {
    const step = event.shiftKey ? 0.1 : 0.02;
    const to = {
      ArrowLeft: this.at - step, ArrowRight: this.at + step, ArrowDown: this.at - step, ArrowUp: this.at + step,
      PageDown: this.at - 0.1, PageUp: this.at + 0.1, Home: 0, End: 1,
    }[event.key];
    if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    this.divide(to);
  }

  private divide(at: number): void {
    this.at = clamp(at, 0, 1);
    this.show();
  }

  private show(): void {
    const room = 0.5 / this.zoom;
    this.middle = this.middle.map((each) => clamp(each, room, 1 - room)) as [number, number];
    const [left, top] = this.middle.map((each) => room - each) as [number, number]; // of the picture's own size
    this.picture.style.transform = `scale(${this.zoom}) translate(${left * 100}%, ${top * 100}%)`;
    const percent = Math.round(this.at * 100);
    this.root.style.setProperty("--at", `${this.at * 100}%`);
    // The cut stays where the divider is on the stage; the picture moves under it, and may be mirrored.
    const cut = `${(this.at / this.zoom - left) * 100}%`;
    const mirrored = this.picture.classList.contains("mirrored");
    this.root.style.setProperty("--cut-left", mirrored ? "0" : cut);
    this.root.style.setProperty("--cut-right", mirrored ? cut : "0");
    this.root.classList.toggle("zoomed", this.zoom > 1);
    this.divider.setAttribute("aria-valuenow", String(percent));
    this.divider.setAttribute("aria-valuetext", `${percent}% as received, ${100 - percent}% sharpened`);
  }
}
