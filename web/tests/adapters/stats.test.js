/** From reports of `getStats` to what the router is told. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { transformWithOxc } from "vite";
import { ROOT } from "../browser.js";

const source = readFileSync(join(ROOT, "src/adapters/stats.ts"), "utf8");
const { code } = await transformWithOxc(source, "stats.ts");
const { received, streamInfo } = await import(`data:text/javascript,${encodeURIComponent(code)}`);

const report = (stream, codec = { id: "C1", type: "codec", mimeType: "video/VP9" }) =>
  new Map([
    ["T1", { id: "T1", type: "transport" }],
    ["A1", { id: "A1", type: "inbound-rtp", kind: "audio", bytesReceived: 9 }],
    ["V1", { id: "V1", type: "inbound-rtp", kind: "video", codecId: "C1", ...stream }],
    [codec.id, codec],
  ]);
const size = { frameWidth: 100, frameHeight: 50 };

test("bits per pixel are those since the look before", () => {
  const one = received(report({ ...size, bytesReceived: 1000, framesDecoded: 10 }));
  assert.deepEqual(streamInfo(undefined, one), { codec: "vp9", bitsPerPixel: 8000 / 50_000 });
  const two = received(report({ ...size, bytesReceived: 1500, framesDecoded: 12 }));
  assert.deepEqual(streamInfo(one, two), { codec: "vp9", bitsPerPixel: 4000 / 10_000 });
});

test("nothing is known while nothing was decoded", () => {
  assert.equal(received(new Map()), undefined);
  assert.equal(received(report({ bytesReceived: 1000 })), undefined);
  const one = received(report({ ...size, bytesReceived: 1000, framesDecoded: 10 }));
  assert.equal(streamInfo(one, one), undefined);
});

test("a stream that counts from 0 again, or is another one, begins anew", () => {
  const before = received(report({ ...size, bytesReceived: 9000, framesDecoded: 90 }));
  const again = received(report({ ...size, bytesReceived: 100, framesDecoded: 1 }));
  assert.equal(streamInfo(before, again).bitsPerPixel, 800 / 5000);
  assert.equal(
    streamInfo({ ...before, id: "V0" }, { ...again, frames: 100, bytes: 10_000 }).bitsPerPixel,
    80_000 / 500_000,
  );
});

test("codecs have the names of the router", () => {
  for (const [mimeType, name] of [
    ["video/H264", "h264"],
    ["video/VP8", "vp8"],
    ["video/AV1", "av1"],
    ["video/H265", "h265"],
    [undefined, ""],
  ]) {
    const stream = report({ ...size, framesDecoded: 1 }, { id: "C1", type: "codec", mimeType });
    assert.equal(received(stream).codec, name);
  }
});
