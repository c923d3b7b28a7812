/** Sharpening in a worker: in Chromium with streams; with fakes of what the standard has in workers; and on the page. */
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

test("in Chromium frames go to a worker, and close ends it", { skip }, async () => {
  const found = await page.evaluate(async () => {
    const { sharpenedInWorker } = await import("/worker.js");
    const source = moving();
    const { track, where, close } = await sharpenedInWorker(source, { ...options, size: [128, 96] });
    const out = [where, await runs(track)];
    const video = document.createElement("video");
    Object.assign(video, { muted: true, srcObject: new MediaStream([track]) });
    await video.play();
    await until(() => video.videoWidth);
    out.push(video.videoWidth);
    await close();
    out.push(track.readyState, source.readyState);
    source.stop();
    return out;
  });
  assert.deepEqual(found, ["worker", true, 128, "ended", "live"]);
  assert.deepEqual(wrong, []);
});

test("a model that a worker cannot load rejects with the reason", { skip }, async () => {
  const said = await page.evaluate(async () => {
    const { sharpenedInWorker } = await import("/worker.js");
    const source = moving();
    const made = sharpenedInWorker(source, { ...options, folder: `${location.origin}/nowhere` });
    const said = await made.catch((error) => error.message);
    source.stop();
    return said;
  });
  assert.match(said, /there is no model at .*nowhere.*404/);
});

test("the worker makes a track of a track where it has the standard's classes", { skip }, async () => {
  const found = await page.evaluate(async () => {
    // This page stands in for a worker of Safari: VideoTrackGenerator as the standard has it.
    const { MediaStreamTrackGenerator } = window;
    window.VideoTrackGenerator = class {
      constructor() {
        this.track = new MediaStreamTrackGenerator({ kind: "video" });
        this.writable = this.track.writable;
      }
    };
    delete window.MediaStreamTrackGenerator;
    const { work } = await import("/inworker.js");
    const answers = [];
    const scope = { postMessage: (answer, transfer) => answers.push([answer, transfer]) };
    work(scope);
    const out = [answers[0][0].hasFrameTracks];
    const source = moving();
    await scope.onmessage({ data: { options, track: source } });
    const [{ track }, transfer] = answers[1];
    out.push(transfer[0] === track, await runs(track));
    await scope.onmessage({ data: "close" });
    out.push(answers[2][0], await until(() => track.readyState === "ended"), source.readyState);
    source.stop();
    window.MediaStreamTrackGenerator = MediaStreamTrackGenerator;
    delete window.VideoTrackGenerator;
    return out;
  });
  assert.deepEqual(found, [true, true, true, "closed", true, "live"]);
});

for (const [name, fake, where] of [
  ["a page without frames of tracks sends the track to such a worker", { hasFrameTracks: true }, "worker"],
  ["a page whose worker has no frames of tracks either sharpens by itself", { hasFrameTracks: false }, "page"],
  ["a page that cannot send a track sharpens by itself", { hasFrameTracks: true, refuses: true }, "page"],
  ["a page that may not start a worker sharpens by itself", { isForbidden: true }, "page"],
]) {
  test(name, { skip }, async () => {
    const found = await page.evaluate(async (fake) => {
      const { MediaStreamTrackProcessor, Worker } = window;
      delete window.MediaStreamTrackProcessor;
      const asked = [];
      window.Worker = class {
        constructor() {
          if (fake.isForbidden) throw new DOMException("of another site", "SecurityError");
          this.say({ hasFrameTracks: fake.hasFrameTracks });
        }
        say(data) {
          setTimeout(() => this.onmessage({ data }));
        }
        postMessage(task, transfer) {
          if (fake.refuses) throw new DOMException("no tracks", "DataCloneError");
          asked.push([task, transfer]);
          if (!asked.includes("terminated")) this.say(task === "close" ? "closed" : { track: task.track });
        }
        terminate() {
          asked.push("terminated");
        }
      };
      const { sharpenedInWorker } = await import("/worker.js");
      const source = moving();
      const { track, where, close } = await sharpenedInWorker(source, options);
      const out = [where, await runs(track)];
      await Promise.all([close(), close()]);
      await close(); // the worker answers once
      out.push(track.readyState, source.readyState);
      const sent = asked.find(([task]) => task?.track);
      if (sent)
        out.push(
          sent[0].track !== source,
          JSON.stringify(sent[0].options.streamInfo),
          sent[1][0] === sent[0].track,
          asked.at(-1),
        );
      source.stop();
      Object.assign(window, { MediaStreamTrackProcessor, Worker });
      return out;
    }, fake);
    const sent = where === "worker" ? [true, "{}", true, "terminated"] : [];
    assert.deepEqual(found, [where, true, "ended", "live", ...sent]);
  });
}
