/** The statistics below the picture. */

import { all, element } from "../components/elements";
import type { SessionState } from "./server";

const LOOKED_AT = 5; // states, a second apart, over which the share of sharpened frames is taken
const ENOUGH = 0.9; // share of sharpened frames below which the page says that the server is too slow
const UNKNOWN = "–";

let states: SessionState[] = [];

/** `trip`: the round trip in milliseconds, NaN if unknown. */
export function showNumbers(state: SessionState, trip: number): void {
  states = [...states, state].slice(-LOOKED_AT - 1);
  const share = sharpenedShare(states[0] as SessionState, state);
  const texts = {
    size: state.width ? `${state.width} × ${state.height}` : UNKNOWN,
    rate: bitrate(state.bitrate_in),
    fps: `${state.fps.toFixed(1)} fps`,
    back: state.sent_width ? `${state.sent_width} × ${state.sent_height}` : UNKNOWN,
    added: milliseconds(state.added_ms.p50),
    slow: milliseconds(state.added_ms.p95),
    sharpened: share === undefined ? UNKNOWN : `${Math.floor(100 * share)} %`,
    trip: milliseconds(trip),
  };
  for (const [name, text] of Object.entries(texts)) element(`n-${name}`).textContent = text;
  element("slow").hidden = share === undefined || share >= ENOUGH;
  element("slow-share").textContent = share === undefined ? "" : `${100 - Math.floor(100 * share)} %`;
}

export function clearNumbers(): void {
  states = [];
  element("slow").hidden = true;
  for (const each of all("#numbers dd")) each.textContent = UNKNOWN;
}

/** The share of the frames between two states that were sharpened; undefined if there were none. */
export function sharpenedShare(before: SessionState, after: SessionState): number | undefined {
  const [from, to] = before === after ? [0, after.frames] : [before.frames, after.frames];
  if (to <= from) return undefined;
  const soft = (state: SessionState) => state.passed + state.dropped;
  return 1 - (soft(after) - (before === after ? 0 : soft(before))) / (to - from);
}

const bitrate = (bits: number) =>
  bits >= 1e6 ? `${(bits / 1e6).toFixed(1)} Mbit/s` : `${Math.round(bits / 1000)} kbit/s`;
const milliseconds = (value: number) => (value >= 0 ? `${value.toFixed(1)} ms` : UNKNOWN);
