/** What each SDK calls of its adapter, in the order in which it does, by fakes of the SDKs. examples.test.js has the SDKs. */
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

test("LiveKit: init, restart with another track, destroy, and init again", { skip }, async () => {
  const found = await page.evaluate(async () => {
    const { CrispenProcessor } = await import("/livekit.js");
    const processor = new CrispenProcessor(options);
    const out = [processor.name];
    const first = moving();
    await processor.init({ kind: "video", track: first });
    const one = processor.processedTrack;
    out.push(await runs(one));
    const second = moving(96, 64);
    await processor.restart({ kind: "video", track: second });
    const two = processor.processedTrack;
    out.push(one.readyState, first.readyState, two !== one, await runs(two), two.getSettings().width);
    await processor.destroy();
    out.push(two.readyState, second.readyState, processor.processedTrack);
    await processor.init({ kind: "video", track: second });
    out.push(await runs(processor.processedTrack));
    await processor.destroy();
    for (const track of [first, second]) track.stop();
    return out;
  });
  const [swapped, destroyed] = [
    ["ended", "live", true, true, 96],
    ["ended", "live", undefined],
  ];
  assert.deepEqual(found, ["crispen", true, ...swapped, ...destroyed.map((each) => each ?? null), true]);
  assert.deepEqual(wrong, []);
});

test("a model that cannot be loaded rejects, and the next try can succeed", { skip }, async () => {
  const found = await page.evaluate(async () => {
    const { CrispenConnector } = await import("/vonage.js");
    let isAway = true;
    const models = async (set) => {
      if (isAway) throw new Error("no network");
      return (await fetch(`/models/fast-${set}.safetensors`)).arrayBuffer();
    };
    const connector = new CrispenConnector({ models, set: "any", backend: "webgl2" });
    const track = moving();
    const said = await connector.setTrack(track).catch((error) => error.message);
    isAway = false;
    const made = await connector.setTrack(track);
    const out = [said, await runs(made)];
    await connector.destroy();
    out.push(made.readyState, track.readyState);
    track.stop();
    return out;
  });
  assert.deepEqual(found, ["no network", true, "ended", "live"]);
});

test("Jitsi: only cameras, at once, with the sound, and again after a stop", { skip }, async () => {
  const found = await page.evaluate(async () => {
    const { CrispenEffect } = await import("/jitsi.js");
    const effect = await CrispenEffect.open(options);
    const kind = (isVideo, videoType) => effect.isEnabled({ isVideoTrack: () => isVideo, videoType });
    const out = [kind(true, "camera"), kind(true, "desktop"), kind(false, null)];
    const sound = new AudioContext().createMediaStreamDestination().stream.getAudioTracks()[0];
    const stream = new MediaStream([moving(), sound]);
    for (let round = 0; round < 2; round++) {
      const made = effect.startEffect(stream);
      const [video] = made.getVideoTracks();
      out.push(made.getAudioTracks()[0] === sound, await runs(video));
      effect.stopEffect();
      out.push(video.readyState, stream.getVideoTracks()[0].readyState);
    }
    await effect.close();
    stream.getVideoTracks()[0].stop();
    return out;
  });
  const round = [true, true, "ended", "live"];
  assert.deepEqual(found, [true, false, false, ...round, ...round]);
});

test("Twilio: draws on the output, and closes each frame", { skip }, async () => {
  const found = await page.evaluate(async () => {
    const { CrispenProcessor } = await import("/twilio.js");
    const processor = await CrispenProcessor.open(options);
    const output = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
    const input = new OffscreenCanvas(64, 48);
    const context = input.getContext("2d");
    context.fillStyle = "#345";
    context.fillRect(0, 0, 64, 48);
    context.filter = "blur(1.5px)"; // a soft picture
    context.fillStyle = "#fff";
    context.font = "30px sans-serif";
    context.fillText("Call", 5, 36);
    const frame = new VideoFrame(input, { timestamp: 0 });
    await processor.processFrame(frame, output);
    const [drawn, given] = [pixels(output), pixels(input)];
    const most = drawn.reduce(
      (most, value, at) => (at % 4 < 3 ? Math.max(most, Math.abs(value - given[at])) : most),
      0,
    );
    await processor.processFrame(input, output);
    output.getContext("2d").clearRect(0, 0, 64, 48);
    let errors = 0;
    const count = (event) => {
      errors++;
      event.preventDefault();
    };
    addEventListener("error", count);
    const { draw } = processor.sharpener;
    processor.sharpener.draw = () => {
      throw new RangeError("too large");
    };
    for (let frame = 0; frame < 2; frame++) await processor.processFrame(input, output);
    processor.sharpener.draw = draw;
    removeEventListener("error", count);
    const plain = pixels(output).every((value, at) => value === given[at]);
    await processor.processFrame(document.createElement("video"), output); // no frame yet
    processor.close();
    return [frame.format, most > 2, plain, errors];
  });
  assert.deepEqual(found, [null, true, true, 1]);
});

test("Agora: frames flow when piped, the camera's own when disabled, and the sharpened ones again", {
  skip,
}, async () => {
  const found = await page.evaluate(async () => {
    class VideoProcessor {
      enabled = true;
      outputs = [];
      output(track) {
        this.outputs.push(track);
      }
      updateInput({ track, context }) {
        [this.inputTrack, this.context] = [track, context];
        return this.onTrack(track, context);
      }
      async set(isEnabled) {
        this.enabled = isEnabled;
        await this.onEnableChange(isEnabled);
      }
    }
    class Extension {
      createProcessor() {
        return this._createProcessor();
      }
    }
    const { crispenExtension } = await import("/agora.js");
    const processor = crispenExtension({ Extension, VideoProcessor }, options).createProcessor();
    const track = moving();
    await processor.updateInput({ track, context: { getDirection: () => "local" } });
    await processor.set(false);
    await processor.set(true);
    const { outputs } = processor;
    const out = [
      outputs.length,
      outputs[0] !== track,
      outputs[0].readyState,
      outputs[1] === track,
      await runs(outputs[2]),
    ];
    processor.onUnpiped();
    out.push(await until(() => outputs[2].readyState === "ended"), track.readyState);
    track.stop();
    return out;
  });
  assert.deepEqual(found, [3, true, "ended", true, true, true, "live"]);
});

test("Vonage: a stream of frames becomes one of sharpened frames, and all are closed", { skip }, async () => {
  const found = await page.evaluate(async () => {
    const { CrispenMediaProcessor } = await import("/vonage.js");
    const came = [];
    const made = [];
    const canvas = new OffscreenCanvas(64, 48);
    canvas.getContext("2d").fillRect(10, 10, 20, 20);
    const readable = new ReadableStream(
      {
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 10));
          const frame = new VideoFrame(canvas, { timestamp: came.length * 1000 });
          came.push(frame);
          controller.enqueue(frame);
        },
      },
      { highWaterMark: 0 },
    );
    const write = (frame) => {
      made.push([frame.timestamp, frame.displayWidth]);
      frame.close();
    };
    const processor = new CrispenMediaProcessor({ ...options, size: [128, 96] });
    await processor.transform(readable, new WritableStream({ write }));
    await until(() => made.length > 4);
    await processor.destroy();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const count = made.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    return [made.slice(0, 3), made.length === count, came.slice(0, count).every(({ format }) => format === null)];
  });
  const frames = [0, 1000, 2000].map((time) => [time, 128]);
  assert.deepEqual(found, [frames, true, true]);
  assert.deepEqual(wrong, []);
});

test("send: another track for the same call ends with close, and the camera with it", { skip }, async () => {
  const found = await page.evaluate(async () => {
    const { camera, sharpened } = await import("/send.js");
    const track = moving();
    const one = await sharpened(track, { ...options, size: [128, 96] });
    const out = [await runs(one.track), one.track.getSettings().width, one.sharpener.streamInfo.codec];
    await one.close();
    out.push(one.track.readyState, track.readyState);
    const other = await sharpened(track, { ...options, streamInfo: { factor: 2 } });
    out.push(JSON.stringify(other.sharpener.streamInfo));
    await other.close();
    navigator.mediaDevices.getUserMedia = async () => new MediaStream([track]);
    await camera({}, { ...options, folder: "/nowhere" }).catch((error) => out.push(/no model/.test(error.message)));
    out.push(track.readyState);
    return out;
  });
  assert.deepEqual(found, [true, 128, "none", "ended", "live", '{"factor":2}', true, "ended"]);
});
