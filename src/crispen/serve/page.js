"use strict";
// Sends a camera or a file, plays what comes back, and shows what the server counts. One call at a time.
const $ = (id) => document.getElementById(id);
const fields = ["model", "look", "strength", "height", "bitrate"];
let call = null; // { pc, where, stream, room, played: name -> { pc, where, box } }
let at = 0.5; // the divider, 0 to 1
let token = "";

if (location.hash.startsWith("#token=")) {
  token = decodeURIComponent(location.hash.slice(7));
  sessionStorage.setItem("token", token);
  history.replaceState(null, "", location.pathname); // so that it is not read off the screen
} else token = sessionStorage.getItem("token") ?? "";

async function ask(path, options = {}) {
  const headers = { ...options.headers, ...(token && { Authorization: `Bearer ${token}` }) };
  const answer = await fetch(path, { ...options, headers });
  if (answer.status === 401) {
    $("asked").hidden = false;
    $("token").focus();
  }
  if (!answer.ok) throw new Error((await answer.text()).trim() || `the server said ${answer.status}`);
  return answer;
}

function say(text) {
  $("trouble").textContent = text;
  $("trouble").hidden = !text;
}

function settings() {
  const found = Object.fromEntries(fields.map((id) => [id, $(id).value]));
  if (found.height === "own") found.height = Math.min(1080, call?.stream.getVideoTracks()[0]?.getSettings().height ?? 0);
  found.bitrate *= 1000;
  found.split = $("split").checked && !call?.room ? at : 0;
  return found;
}

/** Offers, answers, and gives the address of the session; RFC 9725 (WHIP), and WHEP the other way round. */
async function connect(pc, path) {
  await pc.setLocalDescription();
  if (pc.iceGatheringState !== "complete")
    await Promise.race([new Promise((done) => pc.addEventListener("icegatheringstatechange", () => pc.iceGatheringState === "complete" && done())), pause(500)]);
  const answer = await ask(path, { method: "POST", headers: { "Content-Type": "application/sdp" }, body: pc.localDescription.sdp });
  await pc.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  return answer.headers.get("Location");
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const end = (where) => where && ask(where, { method: "DELETE", keepalive: true }).catch(() => {});

async function start(stream) {
  await stop();
  say("");
  const room = $("room").value.trim();
  const mine = (call = { pc: new RTCPeerConnection(), stream, room, played: new Map(), where: null });
  try {
    for (const track of stream.getTracks()) {
      if (track.kind === "video") track.contentHint = "motion";
      mine.pc.addTrack(track, stream);
    }
    if (!room) show(mine.pc, $("video"));
    else for (const each of mine.pc.getTransceivers()) each.direction = "sendonly";
    mine.pc.addEventListener("connectionstatechange", () => { if (call === mine) changed(mine.pc.connectionState); });
    await limit(mine);
    mine.where = await connect(mine.pc, `${room ? `/whip/${room}` : "/echo"}?${new URLSearchParams(settings())}`);
    if (call !== mine) return end(mine.where);
    await limit(mine);
    for (const id of ["stop", "sound"]) $(id).hidden = false;
    $("empty").hidden = true;
    $("stage").classList.add("live");
    place();
    watch(mine);
  } catch (error) {
    if (call === mine) await stop();
    say(error.message);
  }
}

function show(pc, video) {
  const stream = new MediaStream();
  pc.addEventListener("track", (event) => {
    stream.addTrack(event.track);
    if ("jitterBufferTarget" in event.receiver) event.receiver.jitterBufferTarget = 0;
  });
  video.srcObject = stream;
  video.muted = true;
  video.play().catch(() => {});
}

/** What makes it a bad call: the bitrate and the size that are sent. */
async function limit({ pc }) {
  const sender = pc.getSenders().find((each) => each.track?.kind === "video");
  const wanted = sender?.getParameters();
  if (!wanted?.encodings?.length) return;
  const rate = 1000 * $("sent").value;
  if (rate) wanted.encodings[0].maxBitrate = rate;
  else delete wanted.encodings[0].maxBitrate;
  wanted.encodings[0].scaleResolutionDownBy = +$("scale").value;
  await sender.setParameters(wanted).catch(() => {});
}

async function stop() {
  const was = call;
  call = null;
  if (!was) return;
  was.pc.close();
  for (const track of was.stream.getTracks()) track.stop();
  for (const name of was.played.keys()) leave(was, name);
  $("video").srcObject = null;
  for (const id of ["stop", "sound", "divider"]) $(id).hidden = true;
  $("empty").hidden = false;
  $("stage").classList.remove("live");
  place();
  changed("not connected");
  for (const each of document.querySelectorAll("dd")) each.textContent = "–";
  await end(was.where);
}

function changed(state) {
  $("status").textContent = state;
  $("status").classList.toggle("good", state === "connected");
  if (state === "failed") stop().then(() => say("The connection was lost."));
}

/** Once a second: what the server counts, and who else is in the room. */
async function watch(mine) {
  while (call === mine) {
    try {
      numbers(await (await ask(`${mine.where}/state`)).json(), await trip(mine.pc));
      if (mine.room) await meet(mine);
    } catch (error) {
      if (call !== mine) return;
      await stop();
      return say(`The call has ended: ${error.message}.`);
    }
    await pause(1000);
  }
}

async function trip(pc) {
  for (const report of (await pc.getStats()).values())
    if (report.type === "candidate-pair" && report.nominated && report.currentRoundTripTime !== undefined) return 1000 * report.currentRoundTripTime;
  return NaN;
}

function numbers(state, trip) {
  const rate = (bits) => (bits >= 1e6 ? `${(bits / 1e6).toFixed(1)} Mbit/s` : `${Math.round(bits / 1000)} kbit/s`);
  const ms = (value) => (value >= 0 ? `${value.toFixed(1)} ms` : "–");
  const shown = {
    size: state.width ? `${state.width} × ${state.height}` : "–", rate: rate(state.bitrate_in), fps: state.fps.toFixed(1),
    back: state.sent_width ? `${state.sent_width} × ${state.sent_height}` : "–", added: ms(state.added_ms.p50), slow: ms(state.added_ms.p95),
    passed: `${((100 * (state.passed + state.dropped)) / Math.max(1, state.frames)).toFixed(1)} %`, trip: ms(trip),
  };
  for (const [name, text] of Object.entries(shown)) $(`n-${name}`).textContent = text;
}

/** Plays whoever sends in the room, oneself on the stage as the others see it. */
async function meet(mine) {
  const own = (await (await ask(`${mine.where}/state`)).json()).name;
  const { names } = await (await ask(`/rooms/${mine.room}`)).json();
  for (const name of mine.played.keys()) if (!names.includes(name)) leave(mine, name);
  for (const name of names) {
    if (mine.played.has(name)) continue;
    const box = name === own ? null : document.createElement("figure");
    const video = box ? document.createElement("video") : $("video");
    const one = { pc: new RTCPeerConnection(), where: null, box };
    mine.played.set(name, one);
    for (const kind of ["video", "audio"]) if (kind === "video" || box) one.pc.addTransceiver(kind, { direction: "recvonly" });
    show(one.pc, video);
    if (box) {
      video.playsInline = true;
      video.muted = $("sound").getAttribute("aria-pressed") !== "true";
      box.append(video);
      $("others").append(box);
      $("others").hidden = false;
    }
    one.pc.addEventListener("connectionstatechange", () => { if (one.pc.connectionState === "failed") leave(mine, name); });
    one.where = await connect(one.pc, `/whep/${mine.room}/${name}`).catch(() => null);
    if (!one.where) leave(mine, name);
    else if (call !== mine) return end(one.where);
  }
}

function leave(mine, name) {
  const one = mine.played.get(name);
  mine.played.delete(name);
  one?.pc.close();
  one?.box?.remove();
  end(one?.where);
  $("others").hidden = !$("others").children.length;
}

let sending = null;
/** Tells the server what was chosen; while one such message is on its way, only the last of those that follow goes. */
async function tell() {
  if (!call?.where) return;
  if (sending) return void (sending.again = true);
  const now = (sending = { again: false });
  try {
    await ask(`${call.where}/state`, { method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify(settings()) });
  } catch (error) {
    say(error.message);
  }
  sending = null;
  if (now.again) tell();
}

/** Puts the divider over the picture, which may be narrower or lower than the stage. */
function place() {
  const video = $("video"), stage = $("stage");
  if (video.videoWidth) stage.style.aspectRatio = `${video.videoWidth} / ${video.videoHeight}`;
  const shown = !!call && !call.room && $("split").checked && video.videoWidth > 0;
  const share = video.videoWidth ? Math.min(stage.clientWidth / video.videoWidth, stage.clientHeight / video.videoHeight) : 0;
  const wide = share * video.videoWidth, left = (stage.clientWidth - wide) / 2;
  $("divider").hidden = !shown;
  $("split").parentElement.hidden = !!call?.room; // others would see it
  for (const each of document.querySelectorAll(".label")) each.hidden = !shown;
  $("divider").style.left = `${left + at * wide}px`;
  $("divider").setAttribute("aria-valuenow", Math.round(100 * at));
  return { left, wide };
}

function divide(to) {
  at = Math.min(0.99, Math.max(0.01, to));
  place();
  tell();
}

$("camera").addEventListener("click", async () => {
  try {
    start(await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } }, audio: { echoCancellation: true } })
      .catch((error) => (error.name === "NotFoundError" ? navigator.mediaDevices.getUserMedia({ video: true }) : Promise.reject(error))));
  } catch (error) {
    say(navigator.mediaDevices ? `The camera could not be used: ${error.message}.` : "A browser gives cameras to HTTPS and to localhost only.");
  }
});
$("choose").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", async () => {
  const [file] = $("file").files;
  if (!file) return;
  const player = Object.assign(document.createElement("video"), { src: URL.createObjectURL(file), loop: true, muted: true });
  try {
    await player.play();
    const stream = player.captureStream?.() ?? player.mozCaptureStream?.();
    if (!stream) throw new Error("this browser cannot send a file");
    stream.player = player; // kept as long as the stream is
    start(stream);
  } catch (error) {
    say(`The file could not be played: ${error.message}.`);
  }
  $("file").value = "";
});
$("stop").addEventListener("click", stop);
$("sound").addEventListener("click", () => {
  const on = $("sound").getAttribute("aria-pressed") !== "true";
  $("sound").setAttribute("aria-pressed", on);
  for (const video of document.querySelectorAll(call?.room ? "#others video" : "#video")) video.muted = !on;
});
for (const id of [...fields, "split"]) $(id).addEventListener("input", () => {
  $("shown").textContent = (+$("strength").value).toFixed(1);
  place();
  tell();
});
for (const id of ["sent", "scale"]) $(id).addEventListener("input", () => call && limit(call));
$("token").addEventListener("change", () => sessionStorage.setItem("token", (token = $("token").value)));
$("form").addEventListener("submit", (event) => event.preventDefault());
$("divider").addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -0.02, ArrowDown: -0.02, ArrowRight: 0.02, ArrowUp: 0.02, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1 }[event.key];
  if (step) { event.preventDefault(); divide(at + step); }
});
$("stage").addEventListener("pointerdown", (event) => {
  if ($("divider").hidden) return;
  $("stage").setPointerCapture(event.pointerId);
  const move = ({ clientX }) => {
    const { left, wide } = place();
    divide((clientX - $("stage").getBoundingClientRect().left - left) / wide);
  };
  move(event);
  $("stage").addEventListener("pointermove", move);
  $("stage").addEventListener("pointerup", () => $("stage").removeEventListener("pointermove", move), { once: true });
});
$("video").addEventListener("resize", place);
addEventListener("resize", place);
addEventListener("pagehide", () => call && [call.where, ...[...call.played.values()].map((one) => one.where)].forEach(end));
