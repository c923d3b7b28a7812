/** A page with the built modules of the library, a moving picture as a track, and a fast model. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { CHROMIUM, openLibrary, ROOT } from "../browser.js";

export const skip = !CHROMIUM
  ? "no chromium"
  : !existsSync(join(ROOT, "dist/library/models"))
    ? "run: npm run models, npm run build"
    : false;

export async function openPage() {
  const opened = await openLibrary("examples");
  await opened.page.evaluate(() => {
    window.options = { model: "fast", set: "any", backend: "webgl2" };
    window.moving = (width = 64, height = 48) => {
      const canvas = Object.assign(document.createElement("canvas"), { width, height });
      const context = canvas.getContext("2d");
      let count = 0;
      const timer = setInterval(() => {
        context.fillStyle = `hsl(${count++ * 10} 80% 50%)`;
        context.fillRect(0, 0, width, height);
        context.fillText(String(count), 10, 30);
        if (track.readyState === "ended") clearInterval(timer);
      }, 30);
      const [track] = canvas.captureStream(30).getVideoTracks();
      return track;
    };
    window.until = async (what) => {
      for (let wait = 0; wait < 400 && !what(); wait++) await new Promise((resolve) => setTimeout(resolve, 20));
      return Boolean(what());
    };
    /** Whether frames of a track arrive. */
    window.runs = async (track) => {
      const video = Object.assign(document.createElement("video"), {
        muted: true,
        srcObject: new MediaStream([track]),
      });
      await video.play();
      return until(() => video.currentTime > 0.1 && video.videoWidth > 0);
    };
  });
  return opened;
}
