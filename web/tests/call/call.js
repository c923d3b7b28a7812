// A WebRTC call between two peers in this page: one sends at 150 kbit/s and half the size, the other shows what arrives.
// A strip of cells at the bottom encodes the frame number, from which the exact source frame can be drawn again.

import { luma, psnr, ssim } from "./measures.js";

const [WIDTH, HEIGHT, STRIP, CELLS, FPS] = [640, 480, 32, 16, 15];
const CLEAN = HEIGHT - STRIP - 16; // rows that are measured, without the strip and its surroundings

const picture = new Image();
picture.src = new URLSearchParams(location.search).get("picture") ?? "18F_0096.jpg";
await picture.decode();

/** Draws picture number `count` of the source: a slow pan by whole pixels, and the number in black and white. */
function draw(context, count) {
  const [roomX, roomY] = [picture.naturalWidth - WIDTH, Math.max(0, picture.naturalHeight - HEIGHT)];
  const swing = (steps, room) => (room ? Math.abs((steps % (2 * room)) - room) : 0);
  context.drawImage(picture, -swing(count, roomX), -swing(count >> 2, roomY));
  const side = WIDTH / CELLS;
  const bits = ((count & 0xff) << 8) | (~count & 0xff);
  for (let cell = 0; cell < CELLS; cell++) {
    context.fillStyle = (bits >> cell) & 1 ? "#fff" : "#000";
    context.fillRect(cell * side, HEIGHT - STRIP, side, STRIP);
  }
}

/** The frame number that a picture encodes; undefined if the cells disagree. */
function read(pixels) {
  let bits = 0;
  const y = HEIGHT - STRIP / 2;
  for (let cell = 0; cell < CELLS; cell++) {
    const at = 4 * (y * WIDTH + Math.round(((cell + 0.5) * WIDTH) / CELLS));
    if (pixels.data[at + 3] && pixels.data[at + 1] > 127) bits |= 1 << cell;
  }
  return bits >> 8 === (~bits & 0xff) ? bits >> 8 : undefined;
}

function sheet() {
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
  return canvas.getContext("2d", { willReadFrequently: true });
}

const source = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
const context = source.getContext("2d");
let count = 0;
draw(context, count);
setInterval(() => draw(context, ++count), 1000 / FPS);
const stream = source.captureStream(FPS);

const [near, far] = [new RTCPeerConnection(), new RTCPeerConnection()];
near.onicecandidate = ({ candidate }) => candidate && far.addIceCandidate(candidate);
far.onicecandidate = ({ candidate }) => candidate && near.addIceCandidate(candidate);
far.ontrack = ({ track }) => (document.querySelector("#far").srcObject = new MediaStream([track]));
const sender = near.addTransceiver(stream.getVideoTracks()[0], {
  sendEncodings: [{ maxBitrate: 150_000, scaleResolutionDownBy: 2, maxFramerate: FPS }],
}).sender;
await near.setLocalDescription();
await far.setRemoteDescription(near.localDescription);
await far.setLocalDescription();
await near.setRemoteDescription(far.localDescription);
const parameters = sender.getParameters();
parameters.degradationPreference = "maintain-resolution";
await sender.setParameters(parameters);
document.querySelector("#own").srcObject = stream;

/** Compares `wanted` received frames, and the sharpened frames over them, with their source frames. */
async function measure(wanted) {
  const video = document.querySelector("#far");
  const [received, smooth, sharp, clean] = [sheet(), sheet(), sheet(), sheet()];
  smooth.imageSmoothingQuality = "high";
  const sums = [];
  const until = performance.now() + 40_000;
  while (sums.length < wanted && performance.now() < until) {
    await new Promise((resolve) => video.requestVideoFrameCallback(() => requestAnimationFrame(resolve)));
    const over = video.parentElement.shadowRoot?.querySelector("canvas");
    if (!over?.width) continue;
    sharp.clearRect(0, 0, WIDTH, HEIGHT);
    sharp.drawImage(over, 0, 0, WIDTH, HEIGHT); // before the browser presents the canvas, which clears it
    received.drawImage(video, 0, 0, WIDTH, HEIGHT);
    smooth.drawImage(video, 0, 0, WIDTH, HEIGHT);
    const [with_, without, best] = [sharp, received, smooth].map((each) => each.getImageData(0, 0, WIDTH, HEIGHT));
    const number = read(with_);
    if (number === undefined || number !== read(without) || number !== read(best)) continue;
    // The strip encodes the lowest 8 bits; the source is at most one second ahead.
    let exact = count;
    while (exact > 0 && (exact & 0xff) !== number) exact--;
    draw(clean, exact);
    const truth = luma(clean.getImageData(0, 0, WIDTH, CLEAN));
    const score = (pixels) => {
      const y = luma(pixels).subarray(0, WIDTH * CLEAN);
      return { psnr: psnr(y, truth), ssim: ssim(y, truth, WIDTH, CLEAN) };
    };
    sums.push({ received: score(without), smooth: score(best), sharpened: score(with_), behind: count - exact });
  }
  const mean = (name, measure) => sums.reduce((sum, each) => sum + each[name][measure], 0) / sums.length;
  const means = (name) => ({ psnr: mean(name, "psnr"), ssim: mean(name, "ssim") });
  const stats = [...(await near.getStats()).values()].find((each) => each.type === "outbound-rtp");
  return {
    frames: sums.length,
    size: [video.videoWidth, video.videoHeight],
    codec: stats.encoderImplementation,
    kbits: (8 * stats.bytesSent) / (performance.now() - began),
    behind: Math.max(...sums.map((each) => each.behind)),
    received: means("received"),
    smooth: means("smooth"),
    sharpened: means("sharpened"),
  };
}

const began = performance.now();
Object.assign(window, { measure, near });
