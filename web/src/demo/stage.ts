/** The stage: one picture as received and sharpened, the divider between the two, and the zoom. */

import { Divider } from "../components/divider";
import { clamp, element } from "../components/elements";

export class Stage {
  private readonly root = element("stage");
  private readonly picture = element("picture");
  private readonly divider: Divider;
  private zoom = 1;
  /** The point of the picture in the middle of the stage, 0 to 1, as far as the zoom allows. */
  middle: [number, number] = [0.5, 0.5];
  private gesture: "divide" | "move" | undefined;

  constructor() {
    this.divider = new Divider(element("divider"), {
      labels: ["as received", "sharpened"],
      moved: () => this.show(),
    });
    this.root.addEventListener("pointerdown", (event) => this.take(event));
    this.root.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel"]) {
      this.root.addEventListener(end, () => {
        this.gesture = undefined;
      });
    }
    new ResizeObserver(() => this.show()).observe(this.root);
  }

  set state(state: "waiting" | "running" | "empty") {
    this.root.dataset.state = state;
  }

  /** The shape of the picture, and whether it is shown as in a mirror. */
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
    const held = this.divider.element.contains(event.target as Node);
    this.gesture = !held && this.zoom > 1 ? "move" : "divide";
    this.root.setPointerCapture(event.pointerId);
    if (this.gesture === "divide") this.divider.grab(event);
  }

  private drag(event: PointerEvent): void {
    if (this.gesture === "divide") {
      this.divider.drag(event);
    } else if (this.gesture === "move") {
      const box = this.root.getBoundingClientRect();
      const [x, y] = this.middle;
      this.middle = [x - event.movementX / box.width / this.zoom, y - event.movementY / box.height / this.zoom];
      this.show();
    }
  }

  private show(): void {
    const room = 0.5 / this.zoom;
    const [x, y] = this.middle.map((each) => clamp(each, room, 1 - room)) as [number, number];
    this.middle = [x, y];
    const [left, top] = [room - x, room - y]; // of the picture's own size
    this.picture.style.transform = `scale(${this.zoom}) translate(${left * 100}%, ${top * 100}%)`;
    // The cut stays where the divider is on the stage; the picture moves under it, and may be mirrored.
    const cut = `${(this.divider.at / this.zoom - left) * 100}%`;
    const mirrored = this.picture.classList.contains("mirrored");
    this.root.style.setProperty("--cut-left", mirrored ? "0" : cut);
    this.root.style.setProperty("--cut-right", mirrored ? cut : "0");
    this.root.classList.toggle("zoomed", this.zoom > 1);
  }
}
