/**
 * Where the boxes over videos are in the document.
 *
 * A new child or sibling would change which of the page's selectors match: `video + .name`, `:nth-child`, `:last-child`. So a box
 * is put in a shadow root of the video's parent. Slots show the parent's own children around it, which stay where they are in
 * the document. In the order of painting the box follows its video: what the page places over the video stays over the box.
 */

import { pin } from "./pin";

const layers = new WeakMap<Element, Layer>(); // by the element that has the shadow root
const homes = new WeakMap<HTMLElement, Layer>(); // by box

/** A slot has no box; properties of the parent that a child takes by the keyword `inherit` pass through it. */
const SLOT = {
  all: "inherit",
  display: "contents",
  animation: "none",
  transition: "none",
  "counter-reset": "none",
  "counter-increment": "none",
  "counter-set": "none",
};

class Layer {
  private readonly boxes = new Map<HTMLElement, Element>(); // with the child of `host` that each follows

  constructor(
    private readonly host: Element,
    private readonly root: ShadowRoot,
  ) {
    new MutationObserver(() => this.arrange()).observe(host, { childList: true });
  }

  has(box: HTMLElement, child: Element): boolean {
    return this.boxes.get(box) === child && box.getRootNode() === this.root;
  }

  add(box: HTMLElement, child: Element): void {
    this.boxes.set(box, child);
    this.arrange();
  }

  remove(box: HTMLElement): void {
    if (this.boxes.delete(box)) this.arrange();
  }

  /** Puts each box behind its child, and the children into slots between the boxes. */
  private arrange(): void {
    const after = new Map<Node, HTMLElement[]>();
    for (const [box, child] of this.boxes) after.set(child, [...(after.get(child) ?? []), box]);
    const order: Element[] = [];
    const groups: (Element | Text)[][] = [[]];
    for (const node of this.host.childNodes) {
      if (node instanceof Element || node instanceof Text) groups.at(-1)?.push(node);
      const boxes = after.get(node);
      if (!boxes) continue;
      order.push(slot(), ...boxes);
      groups.push([]);
    }
    order.push(slot());
    const same =
      order.length === this.root.children.length && order.every((each, at) => fits(each, this.root.children[at]));
    if (!same) this.root.replaceChildren(...order); // moving a canvas would cost a layout
    const slots = [...this.root.children].filter((each) => each instanceof HTMLSlotElement);
    for (const [at, each] of slots.entries()) each.assign(...(groups[at] ?? []));
  }
}

const fits = (wanted: Element, is: Element | undefined): boolean =>
  wanted === is || (wanted instanceof HTMLSlotElement && is instanceof HTMLSlotElement);

function slot(): HTMLSlotElement {
  const made = document.createElement("slot");
  pin(made, SLOT);
  return made;
}

/**
 * Puts `box` over `video`, if it is not there: in the nearest ancestor that can have a shadow root. Where an ancestor below that
 * has further children, which may lie over the video, it becomes one of them; where there is none, it is behind the body.
 * @returns the element that the box follows in the order of painting: the video, or an ancestor.
 */
export function cover(video: Element, box: HTMLElement): Element {
  for (let child = video; ; ) {
    const parent = child.parentNode;
    if (!parent || parent === document || parent === document.body) {
      if (box.parentNode !== document.documentElement) move(box, () => document.documentElement.append(box));
      return child;
    }
    const layer = parent instanceof Element && (layers.get(parent) ?? made(parent));
    if (layer) {
      if (!layer.has(box, child)) {
        move(box, () => layer.add(box, child));
        homes.set(box, layer);
      }
      return child;
    }
    const next = child.nextElementSibling;
    if (next) {
      if (next !== box) move(box, () => child.after(box));
      return child;
    }
    child = parent instanceof ShadowRoot ? parent.host : (parent as Element);
  }
}

function move(box: HTMLElement, into: () => void): void {
  uncover(box);
  into();
}

/** Takes `box` away. */
export function uncover(box: HTMLElement): void {
  homes.get(box)?.remove(box);
  homes.delete(box);
  box.remove();
}

/** @returns undefined if the element has a shadow root of its own, may have none, or may get one from the page later. */
function made(host: Element): Layer | undefined {
  if (host.localName.includes("-") || host.shadowRoot) return undefined;
  try {
    const layer = new Layer(host, host.attachShadow({ mode: "open", slotAssignment: "manual" }));
    layers.set(host, layer);
    return layer;
  } catch {
    return undefined;
  }
}
