/** The settings of the form: how to sharpen, and how to degrade the call. */

import { element } from "../components/elements";

/** The controls that are sent to the server. */
export const FIELDS = ["model", "strength", "height", "bitrate"] as const;
const MOST_ROWS = 1080;

export const fieldValue = (id: string): string => element<HTMLInputElement | HTMLSelectElement>(id).value;
export const isSplit = (): boolean => element<HTMLInputElement>("split").checked;

/** `rows`: of the camera's own picture. `split`: where the divider is, 0 to 1, or 0 for none. */
export function settings(rows: number, split: number): Record<string, string | number> {
  const height = fieldValue("height") === "own" ? Math.min(MOST_ROWS, rows) : fieldValue("height");
  const bitrate = 1000 * Number(fieldValue("bitrate"));
  return {
    model: fieldValue("model"),
    strength: fieldValue("strength"),
    height,
    bitrate,
    split,
  };
}

/** Limits the bitrate and the size that are sent, which makes it a bad call. */
export async function limit(pc: RTCPeerConnection): Promise<void> {
  const sender = pc.getSenders().find((each) => each.track?.kind === "video");
  const wanted = sender?.getParameters();
  const encoding = wanted?.encodings?.[0];
  if (!sender || !wanted || !encoding) return;
  const rate = 1000 * Number(fieldValue("sent"));
  if (rate) encoding.maxBitrate = rate;
  else delete encoding.maxBitrate;
  encoding.scaleResolutionDownBy = Number(fieldValue("scale"));
  await sender.setParameters(wanted).catch(() => {});
}
