/** Places a box exactly over a video. */

import { cutOff } from "./clip";
import { cover } from "./layer";
import { pin } from "./pin";

/** The style properties of a video that its box takes. */
const COPIED = ["transform", "transform-origin", "translate", "rotate", "scale", "filter", "border-radius"] as const;
/** Those that the picture in the box takes. */
const INNER = ["object-fit", "object-position", "padding", "border-width"] as const;
const [NEAR, APART] = [0.1, 1]; // CSS pixels within which positions are the same, and beyond which they are not
const STEP = 64; // CSS pixels of a trial move
const TRIES = 3;

/** How the middle of a box moves on the screen for each CSS pixel of `left`: x, y; and of `top`: x, y. */
type Moves = readonly [number, number, number, number];

export class Placement {
  private moves: Moves = [1, 0, 0, 1];

  constructor(
    private readonly box: HTMLElement,
    private readonly picture: HTMLElement,
    private readonly video: HTMLVideoElement,
  ) {}

  /** Whether the box is not where the video is. */
  get isOff(): boolean {
    return apart(this.box, this.video) >= NEAR;
  }

  /**
   * Places the box over the present position of the video.
   * @returns "over": it is exactly over it. "none": there is no picture to be over, or one that the page shows see-through.
   * "lost": the position could not be found.
   */
  place(): "over" | "none" | "lost" {
    const { box, picture, video } = this;
    const child = cover(video, box);
    const style = getComputedStyle(video);
    const isFull = video.matches(":fullscreen"); // then only the top layer is above it
    if (isFull !== box.matches(":popover-open")) box.togglePopover(isFull);
    const isShown = style.display !== "none" && video.offsetWidth > 0 && style.visibility === "visible";
    if (!isShown || isInPicture(video) || isBlended(video, child)) return "none";
    const copy = (names: readonly string[]) =>
      Object.fromEntries(names.map((name) => [name, style.getPropertyValue(name)]));
    pin(picture, copy(INNER));
    const position = isFull || style.position === "fixed" ? "fixed" : "absolute";
    if (box.style.position !== position) pin(box, { position, left: "0px", top: "0px" });
    pin(box, { ...copy(COPIED), ...sizeOf(style), "z-index": levelOf(child) });
    if (!this.align()) return "lost";
    const isCut = position === "absolute" && style.clipPath === "none";
    pin(box, { "clip-path": isCut ? cutOff(video, box) : style.clipPath });
    return "over";
  }

  /** Moves the box until its middle is that of the video. Ancestors may scale, mirror and turn what a move does. */
  private align(): boolean {
    const { box, video } = this;
    for (let tries = 0; tries < TRIES; tries++) {
      const [[x, y], [wantedX, wantedY]] = [middle(box), middle(video)];
      const [right, down] = [wantedX - x, wantedY - y];
      if (Math.abs(right) < NEAR && Math.abs(down) < NEAR) break;
      if (tries) this.moves = measured(box); // those known before were wrong
      const [a, b, c, d] = this.moves;
      const area = a * d - b * c;
      if (Math.abs(area) < 1e-6) return false; // it is seen edgewise
      moveBy(box, (right * d - down * c) / area, (down * a - right * b) / area);
    }
    if (apart(box, video) < APART) return true;
    pin(box, { left: "0px", top: "0px" }); // nowhere far away, where a page could be scrolled to
    return false;
  }
}

function moveBy(box: HTMLElement, left: number, top: number): void {
  pin(box, { left: `${parseFloat(box.style.left) + left}px`, top: `${parseFloat(box.style.top) + top}px` });
}

/** Tries what moves do. */
function measured(box: HTMLElement): Moves {
  const [x, y] = middle(box);
  const tried = ([left, top]: readonly [number, number]) => {
    moveBy(box, left, top);
    const [nextX, nextY] = middle(box);
    moveBy(box, -left, -top);
    return [(nextX - x) / STEP, (nextY - y) / STEP] as const;
  };
  return [...tried([STEP, 0]), ...tried([0, STEP])];
}

function middle(element: Element): [number, number] {
  const box = element.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
}

/** The largest distance of two elements' edges on the screen, CSS pixels. */
function apart(one: Element, other: Element): number {
  const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
  return Math.max(...(["left", "top", "right", "bottom"] as const).map((edge) => Math.abs(a[edge] - b[edge])));
}

/** Width and height with padding and border, in fractions of pixels. */
function sizeOf(style: CSSStyleDeclaration): { width: string; height: string } {
  const sum = (...names: string[]) =>
    names.reduce((total, name) => total + parseFloat(style.getPropertyValue(name)), 0);
  const isWhole = style.boxSizing === "border-box";
  const across = isWhole ? [] : ["padding-left", "padding-right", "border-left-width", "border-right-width"];
  const down = isWhole ? [] : ["padding-top", "padding-bottom", "border-top-width", "border-bottom-width"];
  return { width: `${sum("width", ...across)}px`, height: `${sum("height", ...down)}px` };
}

/** The `z-index` of an element, where it has an effect. */
function levelOf(element: Element): string {
  const style = getComputedStyle(element);
  const isItem = element.parentElement && /flex|grid/.test(getComputedStyle(element.parentElement).display);
  return style.position !== "static" || isItem ? style.zIndex : "auto";
}

/**
 * Whether the page shows the video see-through, blended or with soft edges. A picture over it would be shown so twice.
 * @param until the last of the video's ancestors to ask: those above it have the box in them too.
 */
export function isBlended(video: Element, until: Element): boolean {
  for (let each: Element | null = video; each; each = each.parentElement) {
    const { opacity, mixBlendMode, maskImage, filter } = getComputedStyle(each);
    if (Number(opacity) < 1 || mixBlendMode !== "normal" || (maskImage && maskImage !== "none")) return true;
    if (/blur|opacity|drop-shadow/.test(filter)) return true;
    if (each === until) break;
  }
  return false;
}

/** Whether the video is shown in a picture-in-picture window, and the page shows a notice in its place. */
export function isInPicture(video: HTMLVideoElement): boolean {
  return (video.getRootNode() as Document | ShadowRoot).pictureInPictureElement === video;
}
