/**
 * The content script: finds the videos of a page and places a sharpened picture over each.
 *
 * It runs in the extension's isolated world, which the page's scripts cannot access, and requests only the packaged models,
 * from the extension's own worker.
 */

import { MODELS, type Models } from "../library/index";
import { LOST, SLOW } from "../overlay/options";
import { Overlay } from "../overlay/overlay";
import { areSame, DEFAULTS, type Page, type Settings, type Status } from "./settings";
import { choose, videosIn } from "./videos";

const LOOK = 500; // milliseconds between two scans of the page

class Sharpening implements Page {
  private readonly overlays = new Map<HTMLVideoElement, Overlay>();
  private readonly troubles = new Map<HTMLVideoElement, { source: unknown; why: string }>();
  private readonly files = new Map<string, Promise<ArrayBuffer>>();
  private settings: Settings = { ...DEFAULTS, on: false };
  private left: Record<string, number> = {};
  private timer: ReturnType<typeof setInterval> | undefined;
  private pointer: [number, number, boolean] = [-1, -1, false];

  constructor() {
    const watch = { capture: true, passive: true };
    addEventListener("pointermove", (event) => this.point(event.clientX, event.clientY, event.altKey), watch);
    addEventListener("keydown", (event) => this.point(this.pointer[0], this.pointer[1], event.altKey), watch);
    addEventListener("keyup", (event) => this.point(this.pointer[0], this.pointer[1], event.altKey), watch);
    for (const event of ["fullscreenchange", "resize"]) addEventListener(event, () => this.look());
  }

  async apply(settings: Settings): Promise<Status> {
    const { model, ...others } = settings;
    const isTurnedOn = settings.on && !this.settings.on;
    const again = isTurnedOn || model !== this.settings.model || areSame(settings, this.settings);
    this.settings = settings;
    clearInterval(this.timer);
    this.timer = settings.on ? setInterval(() => this.look(), LOOK) : undefined;
    for (const overlay of this.overlays.values()) overlay.set(again ? { model, ...others } : others);
    for (const [video, { why }] of this.troubles) if (again && why === SLOW) this.troubles.delete(video);
    this.look();
    return this.status();
  }

  status(): Status {
    const all = [...this.overlays.values()];
    const overlays = all.filter((overlay) => !overlay.isLost);
    const lost = all.length - overlays.length;
    return {
      on: this.settings.on,
      settings: this.settings,
      sharpened: overlays.length,
      model: MODELS.find((model) => overlays.some((overlay) => overlay.model === model)) ?? this.settings.model,
      time: Math.max(0, ...overlays.map((overlay) => overlay.time)),
      backend: overlays.map((overlay) => overlay.backend).find((each) => each) ?? "",
      experts: overlays.map((overlay) => overlay.expert).filter((each) => each),
      left: lost ? { ...this.left, [LOST]: lost } : this.left,
    };
  }

  /** Opens and closes overlays as videos appear, disappear and move. */
  private look(): void {
    for (const video of this.troubles.keys()) if (!video.isConnected) this.troubles.delete(video);
    for (const overlay of this.overlays.values()) {
      if (overlay.trouble) this.troubles.set(overlay.video, { source: sourceOf(overlay.video), why: overlay.trouble });
    }
    const trouble = (video: HTMLVideoElement) => {
      const known = this.troubles.get(video);
      return known && known.source === sourceOf(video) ? known.why : "";
    };
    const { chosen, left } = this.settings.on ? choose(videosIn(document), trouble) : { chosen: [], left: {} };
    this.left = left;
    for (const [video, overlay] of this.overlays) {
      if (chosen.includes(video)) continue;
      overlay.close();
      this.overlays.delete(video);
    }
    for (const video of chosen) {
      const overlay = this.overlays.get(video);
      if (overlay) overlay.place();
      else this.overlays.set(video, new Overlay(video, { ...this.settings, models: (model) => this.models(model) }));
    }
  }

  private point(x: number, y: number, alt: boolean): void {
    this.pointer = [x, y, alt];
    for (const overlay of this.overlays.values()) overlay.point(x, y, alt || this.settings.compare);
  }

  private models(model: string): Models {
    return (set) => {
      const name = `${model}-${set}`;
      const file = this.files.get(name) ?? ask(name);
      this.files.set(name, file);
      file.catch(() => this.files.delete(name));
      return file;
    };
  }
}

const sourceOf = (video: HTMLVideoElement): unknown => video.srcObject ?? video.currentSrc;

async function ask(name: string): Promise<ArrayBuffer> {
  const answer = (await chrome.runtime.sendMessage({ ask: "model", name })) as { value: string; error?: string };
  if (answer.error) throw new Error(answer.error);
  return Uint8Array.from(atob(answer.value), (letter) => letter.charCodeAt(0)).buffer;
}

declare global {
  var crispen: Page | undefined;
}
globalThis.crispen ??= new Sharpening(); // if it is injected twice, the first one stays
