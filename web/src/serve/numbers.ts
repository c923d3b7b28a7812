/** The statistics below the picture. */

import { all, element } from "../components/elements";
import type { SessionState } from "./server";

const ENOUGH = 0.9; // share of sharpened frames below which the page says that the server is too slow
const UNKNOWN = "–";

/** `trip`: the round trip in milliseconds, NaN if unknown. */
export function showNumbers(state: SessionState, trip: number): void {
  const share = state.frames ? state.sharpened : undefined;
  const texts = {
    size: state.width ? `${state.width} × ${state.height}` : UNKNOWN,
    rate: bitrate(state.bitrate_in),
    fps: `${state.fps.toFixed(1)} fps`,
    back: state.sent_width ? `${state.sent_width} × ${state.sent_height}` : UNKNOWN,
    added: milliseconds(state.added_ms.p50),
    slow: milliseconds(state.added_ms.p95),
    sharpened: share === undefined ? UNKNOWN : percent(share),
    trip: milliseconds(trip),
  };
  for (const [name, text] of Object.entries(texts)) element(`n-${name}`).textContent = text;
  element("slow").hidden = share === undefined || share >= ENOUGH;
  element("slow-share").textContent = share === undefined ? "" : percent(1 - share);
}

export function clearNumbers(): void {
  element("slow").hidden = true;
  for (const each of all("#numbers dd")) each.textContent = UNKNOWN;
}

const bitrate = (bits: number) =>
  bits >= 1e6 ? `${(bits / 1e6).toFixed(1)} Mbit/s` : `${Math.round(bits / 1000)} kbit/s`;
const milliseconds = (value: number) => (value >= 0 ? `${value.toFixed(1)} ms` : UNKNOWN);
const percent = (share: number) => `${Math.round(100 * share)} %`;
