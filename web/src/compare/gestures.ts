/** Pointers on the stage: one moves the divider or an enlarged picture, two pinch. */

import type { Stage } from "./stage";

const TAP = 6; // CSS pixels; a pointer that moves no further than this is a tap

interface Point {
  x: number;
  y: number;
}

export class Gestures {
  private readonly pointers = new Map<number, Point>();
  private kind: "divide" | "move" | "pinch" | undefined;
  private far = false; // whether it is more than a tap

  constructor(private readonly stage: Stage) {
    const { root } = stage;
    root.addEventListener("pointerdown", (event) => event.button === 0 && this.down(event));
    root.addEventListener("pointermove", (event) => this.drag(event));
    root.addEventListener("pointerup", (event) => this.release(event));
    root.addEventListener("pointercancel", (event) => this.release(event));
    root.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  private down(event: PointerEvent): void {
    const { root, divider } = this.stage;
    root.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.place(event));
    const held = divider.element.contains(event.target as Node);
    this.far = false;
    if (this.pointers.size > 1) {
      this.kind = "pinch";
    } else if (held || !this.stage.movable) {
      this.kind = "divide";
      divider.grab(event);
    } else {
      this.kind = "move";
      root.classList.add("moving");
    }
  }

  private drag(event: PointerEvent): void {
    const before = this.pointers.get(event.pointerId);
    if (!before || !this.kind) return;
    const here = this.place(event);
    const [x, y] = [here.x - before.x, here.y - before.y];
    if (this.kind === "divide") {
      this.stage.divider.drag(event);
    } else if (this.kind === "move") {
      if (!this.far && Math.hypot(x, y) < TAP) return;
      this.far = true;
      this.stage.move(x, y);
    } else {
      this.pinch(event.pointerId, before, here);
    }
    this.pointers.set(event.pointerId, here);
  }

  private pinch(id: number, before: Point, here: Point): void {
    const other = [...this.pointers].find(([each]) => each !== id)?.[1];
    if (!other) return;
    const reach = (point: Point) => Math.hypot(point.x - other.x, point.y - other.y);
    this.stage.move((here.x - before.x) / 2, (here.y - before.y) / 2);
    this.stage.zoomBy(reach(here) / Math.max(1, reach(before)), (here.x + other.x) / 2, (here.y + other.y) / 2);
  }

  private release(event: PointerEvent): void {
    if (!this.pointers.delete(event.pointerId) || !this.kind) return;
    if (this.kind === "move" && !this.far && event.type === "pointerup") this.stage.divider.grab(event);
    this.stage.root.classList.remove("moving");
    this.kind = this.pointers.size ? "move" : undefined; // one finger stays after a pinch
    this.far = true;
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const { x, y } = this.place(event);
    this.stage.zoomBy(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.002)), x, y);
  }

  private place(event: MouseEvent): Point {
    const box = this.stage.root.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }
}
