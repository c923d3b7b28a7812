// The videos: one clock, that of the first; the others follow it.

const videos = media;
const clock = videos[0];
const lines = config.videos; // when the frames of each begin
const playButton = document.getElementById("play");
const loopButton = document.getElementById("loop");
const bar = document.getElementById("seek");
const player = document.getElementById("player");
let playing = false;
let wanted = null; // time to go to once the videos are done going somewhere else

function trouble(text) {
  const line = document.getElementById("trouble");
  line.textContent = text;
  line.hidden = false;
}

// In pieces: all of a large video as one more string would be too much for a phone.
function blobOf(script) {
  const text = script.textContent;
  const step = 1 << 20;
  const parts = [];
  for (let start = 0; start < text.length; start += step) {
    const raw = atob(text.slice(start, start + step));
    const bytes = new Uint8Array(raw.length);
    for (let index = 0; index < raw.length; index++) bytes[index] = raw.charCodeAt(index);
    parts.push(bytes);
  }
  script.remove();
  return new Blob(parts, { type: script.dataset.mime });
}

videos.forEach((video, index) => {
  video.addEventListener("error", () => {
    trouble(`This browser cannot play the video ${config.labels[index]}: ${video.error?.message || "unknown format"}`);
  });
  video.addEventListener("seeked", go);
  video.src = URL.createObjectURL(blobOf(video.parentNode.querySelector("script")));
});

// The last frame that has begun at `time`.
function frameAt(time, { times } = lines[0]) {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle] <= time + 1e-4) low = middle;
    else high = middle - 1;
  }
  return low;
}

// Going to the middle of a frame shows that one, whichever way the browser rounds.
function middleOf(frame, { times, end } = lines[0]) {
  return (times[frame] + (times[frame + 1] ?? end)) / 2;
}

const now = () => wanted ?? clock.currentTime;

function seek(time) {
  wanted = clamp(time, 0, lines[0].end);
  go();
  show();
}

function seekFrameAt(time) {
  seek(middleOf(frameAt(time)));
}

function go() {
  if (wanted === null || videos.some((video) => video.seeking)) return;
  const time = wanted;
  wanted = null;
  videos.forEach((video, index) => {
    video.currentTime = Math.min(time, middleOf(lines[index].times.length - 1, lines[index]));
  });
}

function step(count) {
  const frame = clamp(frameAt(now()) + count, 0, lines[0].times.length - 1);
  pause();
  seek(middleOf(frame));
}

function show() {
  const { times, end } = lines[0];
  const time = Math.min(now(), end);
  const frame = frameAt(time);
  const texts = [`${times[frame].toFixed(2)} / ${end.toFixed(2)} s`, `frame ${frame + 1} of ${times.length}`];
  document.getElementById("seconds").textContent = texts[0];
  document.getElementById("frame").textContent = texts[1];
  bar.value = time;
  bar.setAttribute("aria-valuetext", texts.join(", "));
}

function setPlaying(value) {
  playing = value;
  player.classList.toggle("playing", value);
  playButton.setAttribute("aria-label", value ? "Pause" : "Play");
}

function play() {
  const { times, end } = lines[0];
  if (clock.ended || frameAt(now()) === times.length - 1) seek(0);
  setPlaying(true);
  for (const video of videos) {
    // A video that is shorter than the first has ended and keeps its last frame; that is no failure.
    video.play().catch((error) => video === clock && playing && (setPlaying(false), trouble(String(error))));
  }
  requestAnimationFrame(follow);
}

function pause() {
  if (!playing) return;
  setPlaying(false);
  for (const video of videos) video.pause();
  seek(middleOf(frameAt(now()))); // all on the same frame
}

function follow() {
  if (!playing) return;
  videos.slice(1).forEach((video, index) => {
    const drift = video.currentTime - clock.currentTime;
    if (video.seeking || clock.seeking || clock.currentTime >= lines[index + 1].end) return;
    let rate = 1;
    if (Math.abs(drift) > 0.3) video.currentTime = clock.currentTime;
    else if (Math.abs(drift) > 0.008) rate = clamp(1 - 4 * drift, 0.75, 1.25);
    if (Math.abs(video.playbackRate - rate) > 0.01) video.playbackRate = rate;
    if (video.paused) video.play().catch(() => {}); // it had ended, and the clock went back
  });
  show();
  requestAnimationFrame(follow);
}

clock.addEventListener("ended", () => {
  if (!playing) return;
  if (loopButton.getAttribute("aria-pressed") === "true") {
    seek(0);
    play();
  } else {
    pause();
  }
});

playButton.addEventListener("click", () => (playing ? pause() : play()));
document.getElementById("back").addEventListener("click", () => step(-1));
document.getElementById("on").addEventListener("click", () => step(1));
loopButton.addEventListener("click", () => {
  loopButton.setAttribute("aria-pressed", loopButton.getAttribute("aria-pressed") !== "true");
});
bar.max = lines[0].end;
bar.addEventListener("input", () => (playing ? seek : seekFrameAt)(Number(bar.value)));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === " " && !event.target.closest("button, summary")) {
    event.preventDefault();
    if (!event.repeat) playButton.click();
  } else if (event.key === "," || event.key === ".") {
    step(event.key === "," ? -1 : 1);
  }
});

// Paused on the first frame; phones show none before they are told to go to one.
clock.addEventListener("loadedmetadata", () => now() === 0 && seekFrameAt(0), { once: true });
show();
