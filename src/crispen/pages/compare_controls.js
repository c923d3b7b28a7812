// What hands do: pointers, buttons, keys, and the address.
// One pointer moves the divider or an enlarged picture, two pinch.

const pointers = new Map();
let gesture = null; // {kind, grip: how far from the divider's line it was taken, far: whether it is more than a tap}
const onStage = (event) => {
  const box = stage.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
};

stage.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  stage.setPointerCapture(event.pointerId);
  const here = onStage(event);
  pointers.set(event.pointerId, here);
  if (pointers.size > 1) {
    gesture = { kind: "pinch", far: true };
  } else if (divider.contains(event.target)) {
    gesture = { kind: "divide", grip: here.x - divider.offsetLeft - divider.offsetWidth / 2, far: true };
  } else if (movable()) {
    gesture = { kind: "move", far: false };
    stage.classList.add("moving");
  } else {
    gesture = { kind: "divide", grip: 0, far: true };
    dividerTo(here.x);
  }
});

stage.addEventListener("pointermove", (event) => {
  const before = pointers.get(event.pointerId);
  if (!before || !gesture) return;
  const here = onStage(event);
  if (gesture.kind === "divide") {
    dividerTo(here.x - gesture.grip);
  } else if (gesture.kind === "move") {
    if (!gesture.far && Math.hypot(here.x - before.x, here.y - before.y) < 6) return;
    gesture.far = true;
    move(here.x - before.x, here.y - before.y);
  } else {
    const other = [...pointers].find(([id]) => id !== event.pointerId)[1];
    const reach = (point) => Math.hypot(point.x - other.x, point.y - other.y);
    view.x += (here.x - before.x) / 2;
    view.y += (here.y - before.y) / 2;
    zoomFreely(reach(here) / Math.max(1, reach(before)), (here.x + other.x) / 2, (here.y + other.y) / 2);
  }
  pointers.set(event.pointerId, here);
});

function release(event) {
  if (!pointers.delete(event.pointerId) || !gesture) return;
  if (gesture.kind === "move" && !gesture.far && event.type === "pointerup") dividerTo(onStage(event).x);
  stage.classList.remove("moving");
  gesture = pointers.size ? { kind: "move", far: true } : null; // one finger stays after a pinch
}
stage.addEventListener("pointerup", release);
stage.addEventListener("pointercancel", release);

stage.addEventListener("wheel", (event) => {
  event.preventDefault();
  const { x, y } = onStage(event);
  zoomFreely(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.002)), x, y);
}, { passive: false });

// Buttons and keys.

const zoomOf = (text) => (text === "fit" ? text : Number(text));
for (const button of document.querySelectorAll("[data-zoom]")) {
  button.addEventListener("click", () => setZoom(zoomOf(button.dataset.zoom)));
}
truthButton.addEventListener("click", () => showTruth(!truthShown()));
document.addEventListener("click", (event) => {
  // A button clicked by hand gives the keys back: space is to play, not to press it once more.
  if (event.detail > 0) event.target.closest("button")?.blur();
});

const KEYS = {
  ArrowLeft: () => setDivider(view.at - 0.01), ArrowRight: () => setDivider(view.at + 0.01),
  PageDown: () => setDivider(view.at - 0.1), PageUp: () => setDivider(view.at + 0.1),
  Home: () => setDivider(0), End: () => setDivider(1),
  0: () => setZoom("fit"), 1: () => setZoom(1), 2: () => setZoom(2), 4: () => setZoom(4),
};
const MOVES = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };
const truthKey = { since: 0, before: false };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key.toLowerCase() === "t" && media.length > 2) {
    if (event.repeat) return;
    Object.assign(truthKey, { since: performance.now(), before: truthShown() });
    showTruth(!truthKey.before);
    return;
  }
  if (event.target.matches("input") && /^(Arrow|Page|Home|End)/.test(event.key)) return; // it has its own use for them
  const action = event.shiftKey && MOVES[event.key] ? () => move(...MOVES[event.key]) : KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

document.addEventListener("keyup", (event) => {
  // Held, it is shown only for so long.
  if (event.key.toLowerCase() === "t" && truthKey.since && performance.now() - truthKey.since > 400) {
    showTruth(truthKey.before);
  }
});

// A view can be handed on: page.html#divider=30&zoom=2&truth=1&time=1.5

function readAddress() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  if (wanted.has("zoom")) setZoom(zoomOf(wanted.get("zoom")) || "fit");
  if (wanted.has("divider")) setDivider(Number(wanted.get("divider")) / 100 || 0);
  if (wanted.has("truth")) showTruth(wanted.get("truth") !== "0");
  if (wanted.has("time") && config.videos.length) seekFrameAt(Number(wanted.get("time")) || 0);
}
window.addEventListener("hashchange", readAddress);
window.addEventListener("load", readAddress);
