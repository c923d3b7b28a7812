/** Two peers of one page, and every remote video of one of them sharpened. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openPage, skip } from "./page.js";

let browser, files, page, wrong;
before(async () => {
  if (!skip) ({ browser, files, page, wrong } = await openPage());
});
after(async () => {
  await browser?.close();
  await files?.close();
});

test("a remote video is sharpened, and the router is told codec, bits per pixel and factor", { skip }, async () => {
  const found = await page.evaluate(async () => {
    const { receive } = await import("/receive.js");
    const { connect } = await import("/peers.js");
    const source = moving(320, 240);
    const shown = [];
    const { near, far } = await connect(source, undefined, (far) => {
      receive(far, (video) => shown.push(video), { ...options, every: 300, punctual: false });
    });
    await until(() => shown.length);
    const [{ track, received, receiver, sharpener }] = shown;
    const out = [await runs(track), track !== received, receiver.track === received];
    await until(() => sharpener.streamInfo.codec);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { codec, bitsPerPixel, factor } = sharpener.streamInfo;
    const stats = [...(await receiver.getStats()).values()];
    const stream = stats.find(({ type }) => type === "inbound-rtp");
    const { mimeType } = stats.find(({ id }) => id === stream.codecId);
    const whole = (8 * stream.bytesReceived) / (stream.frameWidth * stream.frameHeight * stream.framesDecoded);
    out.push(mimeType.toLowerCase() === `video/${codec}`, shown.length, factor);
    near.close();
    far.close();
    out.push(await until(() => track.readyState === "ended"));
    source.stop();
    return { out, bitsPerPixel, whole };
  });
  assert.deepEqual(found.out, [true, true, true, true, 1, 1, true]);
  const ratio = found.bitsPerPixel / found.whole; // of the last 0.3 s to the whole call
  assert.ok(ratio > 0.05 && ratio < 20, JSON.stringify(found));
  assert.deepEqual(wrong, []);
});

test("a call that has begun is taken over; without a model the received track is shown, with the reason", {
  skip,
}, async () => {
  const found = await page.evaluate(async () => {
    const { receive } = await import("/receive.js");
    const { connect } = await import("/peers.js");
    const source = moving(160, 120);
    const { near, far } = await connect(source);
    const shown = [];
    const end = receive(far, (video) => shown.push(video), options);
    await until(() => shown.length);
    const out = [await runs(shown[0].track)];
    end();
    out.push(await until(() => shown[0].track.readyState === "ended"), shown[0].received.readyState);
    const endOther = receive(far, (video) => shown.push(video), { ...options, folder: "/nowhere" });
    await until(() => shown.length > 1);
    out.push(shown[1].track === shown[1].received, /no model/.test(shown[1].error.message));
    endOther();
    near.close();
    far.close();
    source.stop();
    return out;
  });
  assert.deepEqual(found, [true, true, "live", true, true]);
});

test("a video that comes again is shown again with its new streams, sharpened anew only if its track had ended", {
  skip,
}, async () => {
  const found = await page.evaluate(async () => {
    const { receive } = await import("/receive.js");
    const track = moving();
    const receiver = { track, getStats: async () => new Map() };
    const connection = Object.assign(new EventTarget(), { getTransceivers: () => [] });
    const shown = [];
    const end = receive(connection, (video) => shown.push(video), options);
    const come = async (...streams) => {
      const count = shown.length;
      connection.dispatchEvent(Object.assign(new Event("track"), { receiver, streams }));
      await until(() => shown.length > count);
      return shown.at(-1);
    };
    const [one, two] = [await come("one"), await come("two")];
    const out = [one.streams[0], two.streams[0], one.track === two.track];
    two.track.stop();
    const three = await come("three");
    out.push(three.track !== two.track, three.track.readyState, shown.length);
    end();
    out.push(await until(() => three.track.readyState === "ended"), track.readyState);
    track.stop();
    return out;
  });
  assert.deepEqual(found, ["one", "two", true, true, "live", 3, true, "live"]);
});

test("while a smaller model is loaded no other one is taken", { skip }, async () => {
  const found = await page.evaluate(async () => {
    const { sharpenReceiver } = await import("/receive.js");
    const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
    canvas.getContext("2d").fillRect(0, 0, 9, 9);
    const [track] = canvas.captureStream(0).getVideoTracks(); // no frame is drawn
    let framesDecoded = 0;
    const stream = { id: "V", type: "inbound-rtp", kind: "video", frameWidth: 64, frameHeight: 48, bytesReceived: 9 };
    const getStats = async () => {
      framesDecoded += 100;
      return new Map([["V", { ...stream, framesDecoded }]]);
    };
    const settings = { set: "any", backend: "webgl2", every: 50, model: "best" };
    const { sharpener, close } = await sharpenReceiver({ track, getStats }, settings);
    let uses = 0;
    let loaded;
    sharpener.use = () => {
      uses++;
      return new Promise((resolve) => {
        loaded = resolve;
      });
    };
    await until(() => uses);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const meanwhile = uses;
    loaded();
    await until(() => uses > 1);
    await close();
    return [meanwhile, uses];
  });
  assert.deepEqual(found, [1, 2]);
});

test("if frames are late a smaller model is taken, and after the smallest the received track is shown", {
  skip,
}, async () => {
  const found = await page.evaluate(async () => {
    const { receive } = await import("/receive.js");
    const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
    canvas.getContext("2d").fillRect(0, 0, 9, 9);
    const [track] = canvas.captureStream(0).getVideoTracks(); // no frame is drawn
    let framesDecoded = 0;
    const stream = { id: "V", type: "inbound-rtp", kind: "video", frameWidth: 64, frameHeight: 48, bytesReceived: 9 };
    const getStats = async () => {
      framesDecoded += 100; // of many that arrive
      return new Map([["V", { ...stream, framesDecoded }]]);
    };
    const connection = Object.assign(new EventTarget(), { getTransceivers: () => [] });
    const shown = [];
    const end = receive(connection, (video) => shown.push(video), { set: "any", backend: "webgl2", every: 100 });
    connection.dispatchEvent(Object.assign(new Event("track"), { receiver: { track, getStats }, streams: [] }));
    await until(() => shown.length > 1);
    end();
    const loaded = performance.getEntriesByType("resource").map(({ name }) => name.match(/\w+-any/)?.[0]);
    const { error, track: last } = shown[1];
    const out = [loaded.includes("balanced-any"), loaded.includes("fast-any"), error.message, last === track];
    return [...out, shown[0].track.readyState, track.readyState, shown.length];
  });
  assert.deepEqual(found, [true, true, "this device is too slow", true, "ended", "live", 2]);
});
