/** One call at a time: sends a camera or a file, plays what comes back, and plays who else is in the room. */

import { element } from "../components/elements";
import { clearNumbers, showNumbers } from "./numbers";
import { connect, end, namesIn, stateOf, wait } from "./server";
import { fieldValue, limit, settings } from "./settings";

const LOOK = 1000; // milliseconds between two requests for the server's state

/** Someone whose video is played. */
interface Played {
  pc: RTCPeerConnection;
  where: string | null;
  box: HTMLElement | null; // null for oneself, who is on the stage
}

export class Call {
  readonly pc = new RTCPeerConnection();
  readonly played = new Map<string, Played>();
  readonly room = fieldValue("room").trim();
  where: string | null = null; // the address of the session
  over = false;

  /** `stopped`: called when the call ends by itself, with the reason. */
  constructor(
    readonly stream: MediaStream,
    private readonly stopped: (why: string) => void,
  ) {}

  get rows(): number {
    return this.stream.getVideoTracks()[0]?.getSettings().height ?? 0;
  }

  /** `split`: where the divider is, 0 to 1, or 0 for none. @throws Error if the server refuses. */
  async start(split: number): Promise<void> {
    for (const track of this.stream.getTracks()) {
      if (track.kind === "video") track.contentHint = "motion";
      this.pc.addTrack(track, this.stream);
    }
    if (!this.room) play(this.pc, element<HTMLVideoElement>("video"));
    else for (const each of this.pc.getTransceivers()) each.direction = "sendonly";
    this.pc.addEventListener("connectionstatechange", () => !this.over && this.changed());
    await limit(this.pc);
    const asked = new URLSearchParams(
      Object.entries(settings(this.rows, split)).map(([key, value]) => [key, String(value)]),
    );
    this.where = await connect(this.pc, `${this.room ? `/whip/${this.room}` : "/echo"}?${asked}`);
    if (this.over) return end(this.where);
    await limit(this.pc);
    void this.watch();
  }

  /** Ends it, and gives the camera back. */
  async stop(): Promise<void> {
    if (this.over) return;
    this.over = true;
    this.pc.close();
    for (const track of this.stream.getTracks()) track.stop();
    for (const name of this.played.keys()) this.leave(name);
    element<HTMLVideoElement>("video").srcObject = null;
    clearNumbers();
    tell("not connected");
    await end(this.where);
  }

  /** The addresses of all its sessions. */
  get sessions(): (string | null)[] {
    return [this.where, ...[...this.played.values()].map((one) => one.where)];
  }

  private changed(): void {
    tell(this.pc.connectionState);
    if (this.pc.connectionState === "failed") this.stopped("The connection was lost.");
  }

  private async watch(): Promise<void> {
    while (!this.over && this.where) {
      try {
        const state = await stateOf(this.where);
        showNumbers(state, await roundTrip(this.pc));
        if (this.room) await this.meet(state.name);
      } catch (error) {
        if (!this.over) this.stopped(`The call has ended: ${(error as Error).message}.`);
        return;
      }
      await wait(LOOK);
    }
  }

  /** Plays all senders of the room; the own video is played on the stage, as the others see it. */
  private async meet(own: string): Promise<void> {
    const names = await namesIn(this.room);
    for (const name of this.played.keys()) if (!names.includes(name)) this.leave(name);
    for (const name of names) {
      if (this.over) return;
      if (!this.played.has(name)) await this.join(name, name === own);
    }
  }

  private async join(name: string, isMe: boolean): Promise<void> {
    const box = isMe ? null : document.createElement("figure");
    const video = box ? document.createElement("video") : element<HTMLVideoElement>("video");
    const one: Played = { pc: new RTCPeerConnection(), where: null, box };
    this.played.set(name, one);
    for (const kind of box ? ["video", "audio"] : ["video"]) one.pc.addTransceiver(kind, { direction: "recvonly" });
    play(one.pc, video);
    if (box) {
      video.playsInline = true;
      video.muted = element("sound").getAttribute("aria-pressed") !== "true";
      box.append(video);
      element("others").append(box);
      element("others").hidden = false;
    }
    one.pc.addEventListener("connectionstatechange", () => {
      if (one.pc.connectionState === "failed") this.leave(name);
    });
    one.where = await connect(one.pc, `/whep/${this.room}/${name}`).catch(() => null);
    if (!one.where) this.leave(name);
    else if (this.over) await end(one.where);
  }

  private leave(name: string): void {
    const one = this.played.get(name);
    this.played.delete(name);
    one?.pc.close();
    one?.box?.remove();
    void end(one?.where);
    element("others").hidden = !element("others").children.length;
  }
}

function play(pc: RTCPeerConnection, video: HTMLVideoElement): void {
  const stream = new MediaStream();
  pc.addEventListener("track", ({ track, receiver }) => {
    stream.addTrack(track);
    if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0;
  });
  video.srcObject = stream;
  video.muted = true;
  video.play().catch(() => {});
}

function tell(state: string): void {
  element("status").textContent = state;
  element("status").classList.toggle("good", state === "connected");
}

/** In milliseconds; NaN while it is not known. */
async function roundTrip(pc: RTCPeerConnection): Promise<number> {
  for (const report of (await pc.getStats()).values()) {
    if (report.type === "candidate-pair" && report.nominated && report.currentRoundTripTime !== undefined) {
      return 1000 * report.currentRoundTripTime;
    }
  }
  return Number.NaN;
}
