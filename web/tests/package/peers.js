// The script of a project that has installed crispen-web: two peers of one page, and the remote track sharpened.
import { Sharpener } from "crispen-web";
import { sharpenedInWorker } from "crispen-web/worker";

const source = Object.assign(document.createElement("canvas"), { width: 160, height: 120 });
const context = source.getContext("2d");
let count = 0;
setInterval(() => {
  context.filter = "none";
  context.fillStyle = "#345";
  context.fillRect(0, 0, 160, 120);
  context.filter = "blur(1.5px)"; // a soft picture
  context.fillStyle = "#fff";
  context.font = "24px sans-serif";
  context.fillText(`Crispen ${count++}`, 5 + (count % 40), 70);
}, 60);

const [near, far] = [new RTCPeerConnection(), new RTCPeerConnection()];
near.onicecandidate = ({ candidate }) => candidate && far.addIceCandidate(candidate);
far.onicecandidate = ({ candidate }) => candidate && near.addIceCandidate(candidate);
const arrived = new Promise((resolve) => {
  far.ontrack = ({ track }) => resolve(track);
});
near.addTrack(source.captureStream(15).getVideoTracks()[0]);
await near.setLocalDescription();
await far.setRemoteDescription(near.localDescription);
await far.setLocalDescription();
await near.setRemoteDescription(far.localDescription);

const options = { model: "fast", backend: "webgl2", set: "any" };
const sharpener = await Sharpener.open(options);
const remote = await arrived;
const track = sharpener.track(remote);
const { where, close } = await sharpenedInWorker(remote.clone(), options);
await close();
const video = Object.assign(document.createElement("video"), { muted: true, srcObject: new MediaStream([track]) });
document.body.append(video);
await video.play();
Object.assign(window, { sharpener, video, near, far, where });
