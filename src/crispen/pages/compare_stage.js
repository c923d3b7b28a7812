"use strict";
// The stage: where the pictures lie, how large they are, and where the divider cuts them.
// The divider keeps its place on the stage while an enlarged picture moves under it, so it can always be reached.

const config = JSON.parse(document.getElementById("config").textContent);
const stage = document.getElementById("stage");
const divider = document.getElementById("divider");
const truthButton = document.getElementById("truth");
const media = [...stage.querySelectorAll(".media")];
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

const view = {
  at: 0.5, // of the visible part of the picture
  zoom: "fit", // or screen pixels for each pixel of the picture
  scale: 1, // CSS pixels for each pixel of the picture
  x: 0, y: 0, // of the picture's corner on the stage
  middle: [0, 0], // the point of the picture in the middle of the stage
};

const screenPixel = () => 1 / window.devicePixelRatio;
const pictureSize = () => config.size.map((side) => side * view.scale);
const movable = () => pictureSize()[0] > stage.clientWidth + 1 || pictureSize()[1] > stage.clientHeight + 1;

function fitScale() {
  return Math.min(stage.clientWidth / config.size[0], stage.clientHeight / config.size[1]);
}

function visible() {
  const left = Math.max(0, view.x);
  return [left, Math.min(stage.clientWidth, view.x + pictureSize()[0])];
}

function draw() {
  const [width, height] = pictureSize();
  const snap = (value) => Math.round(value / screenPixel()) * screenPixel(); // whole screen pixels stay sharp
  const place = (offset, side, room) => snap(side <= room ? (room - side) / 2 : clamp(offset, room - side, 0));
  view.x = place(view.x, width, stage.clientWidth);
  view.y = place(view.y, height, stage.clientHeight);
  for (const each of media) {
    // Not by its box: layout rounds that to parts of a pixel that are none of the screen.
    each.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
  }
  view.middle = [(stage.clientWidth / 2 - view.x) / view.scale, (stage.clientHeight / 2 - view.y) / view.scale];
  const [left, right] = visible();
  const cut = snap(left + view.at * (right - left));
  divider.style.left = `${cut}px`;
  const edges = { left, right: stage.clientWidth - right, top: view.y, bottom: stage.clientHeight - view.y - height };
  for (const [edge, room] of Object.entries(edges)) stage.style.setProperty(`--${edge}`, `${Math.max(0, room)}px`);
  stage.querySelector(".before").style.clipPath = `inset(0 ${stage.clientWidth - cut}px 0 0)`;
  stage.querySelector(".after").style.clipPath = `inset(0 0 0 ${cut}px)`;
  const percent = Math.round(view.at * 100);
  divider.setAttribute("aria-valuenow", percent);
  divider.setAttribute("aria-valuetext", `${percent}% ${config.labels[0]}, ${100 - percent}% ${config.labels[1]}`);
  const times = view.scale / screenPixel();
  stage.classList.toggle("pixels", view.zoom !== "fit" && times > 1.99);
  stage.classList.toggle("exact", Math.abs(times - 1) < 0.001);
  stage.classList.toggle("movable", movable());
  document.getElementById("scale").textContent = `${Math.round(times * 100)}%`;
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.setAttribute("aria-pressed", button.dataset.zoom === String(view.zoom));
  }
}

function setDivider(at) {
  view.at = clamp(at, 0, 1);
  draw();
}

function dividerTo(x) {
  const [left, right] = visible();
  setDivider((x - left) / Math.max(1, right - left));
}

// What lies at (x, y) of the stage stays there.
function scaleTo(scale, x, y) {
  const factor = scale / view.scale;
  view.x = x - (x - view.x) * factor;
  view.y = y - (y - view.y) * factor;
  view.scale = scale;
  draw();
}

function setZoom(zoom) {
  view.zoom = zoom;
  scaleTo(zoom === "fit" ? fitScale() : zoom * screenPixel(), stage.clientWidth / 2, stage.clientHeight / 2);
}

function zoomFreely(factor, x, y) {
  const low = Math.min(fitScale(), screenPixel());
  const scale = clamp(view.scale * factor, low, 16 * screenPixel());
  view.zoom = scale === fitScale() ? "fit" : scale / screenPixel();
  scaleTo(scale, x, y);
}

function move(x, y) {
  view.x += x;
  view.y += y;
  draw();
}

function showTruth(shown) {
  stage.classList.toggle("truth-shown", shown && media.length > 2);
  truthButton.setAttribute("aria-pressed", shown);
}
const truthShown = () => stage.classList.contains("truth-shown");

// The middle of the picture stays there as the window changes.
new ResizeObserver(() => {
  view.scale = view.zoom === "fit" ? fitScale() : view.zoom * screenPixel();
  view.x = stage.clientWidth / 2 - view.middle[0] * view.scale;
  view.y = stage.clientHeight / 2 - view.middle[1] * view.scale;
  draw();
}).observe(stage);

for (const each of media) Object.assign(each.style, { width: `${config.size[0]}px`, height: `${config.size[1]}px` });
setZoom("fit");
