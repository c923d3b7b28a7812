// Chromium with the built extension, unpacked, and a function that clicks on its icon.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { launch, serve, UNPACKED } from "../browser.js";

export const BUILT = join(UNPACKED, "extension");
// `punctual` is off: without a GPU every frame is late.
export const SETTINGS = { on: true, model: "fast", strength: 1, compare: false, at: 0.5, punctual: false };

export async function open(more = []) {
  assert.ok(existsSync(BUILT), "build it first: npm run build");
  const browser = await launch(["--autoplay-policy=no-user-gesture-required", ...more], {
    enableExtensions: [BUILT],
    pipe: true,
  });
  const target = await browser.waitForTarget(
    (each) => each.type() === "service_worker" && each.url().endsWith("worker.js"),
  );
  const worker = await target.worker();
  const site = await serve("tests/call", process.env.PICTURES ?? "../examples/pictures", join(UNPACKED, "page"));
  const id = new URL(target.url()).hostname;
  const browserSession = await browser.target().createCDPSession();

  /** Clicks on the icon while `page` is in front, which grants activeTab. @returns the popup. */
  async function click(page) {
    const { targetInfos } = await browserSession.send("Target.getTargets", { filter: [{ type: "tab" }] });
    const tab = targetInfos.find((each) => each.url === page.url());
    await browserSession.send("Extensions.triggerAction", { id, targetId: tab.targetId });
    const popup = await (await browser.waitForTarget((each) => each.url().endsWith("popup.html"))).asPage();
    await popup.waitForFunction("/sharpen|Off/.test(document.querySelector('#state').textContent)");
    return popup;
  }

  /** Applies settings to `page` through the worker, as the popup does. */
  async function tell(page, settings) {
    await page.bringToFront();
    const tab = await worker.evaluate(async () => (await chrome.tabs.query({ active: true }))[0].id);
    return worker.evaluate((number, wanted) => apply(number, wanted), tab, { ...SETTINGS, ...settings });
  }

  async function status() {
    return worker.evaluate(async () => status((await chrome.tabs.query({ active: true }))[0].id));
  }

  return {
    browser,
    site,
    click,
    tell,
    status,
    async close() {
      await browser.close();
      await site.close();
    },
  };
}

/** To be run in a page first: `boxOf(video)` is the overlay's box nearest to it, `boxes()` are all of them. */
export function findBoxes() {
  const found = (root) =>
    [...root.querySelectorAll("*")].flatMap((each) => [
      ...(each.dataset?.crispen ? [each] : []),
      ...(each.shadowRoot ? found(each.shadowRoot) : []),
    ]);
  window.boxes = () => found(document);
  window.apart = (one, other) => {
    const [is, wanted] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
    return Math.max(...["x", "y", "width", "height"].map((side) => Math.abs(is[side] - wanted[side])));
  };
  window.boxOf = (video) =>
    video && window.boxes().toSorted((one, other) => window.apart(one, video) - window.apart(other, video))[0];
}

export const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
