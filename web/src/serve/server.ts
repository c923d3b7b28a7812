/** Requests to the server: sessions by WHIP (RFC 9725) and WHEP, their states, and who is in a room. */

import { element } from "../components/elements";

// Milliseconds that may pass before an offer goes out with the addresses found by then, without and with STUN or TURN.
const GATHERING = [500, 2000] as const;
const ICE_LINK = /<([^>]*)>; rel="ice-server"(?:; username="([^"]*)"; credential="([^"]*)")?/g;

/** What the server counts of a session. Sizes in pixels, bitrates in bit/s, times in milliseconds. */
export interface SessionState {
  name: string;
  width: number;
  height: number;
  sent_width: number;
  sent_height: number;
  bitrate_in: number;
  fps: number;
  /** Frames received so far. */
  frames: number;
  /** The share of the recent frames that were sharpened, 0 to 1. */
  sharpened: number;
  /** From a decoded frame to the sharpened one. */
  added_ms: { p50: number; p95: number };
}

let token = readToken();

/** From the address, of which it is removed so that nobody reads it off the screen, or from an earlier visit. */
function readToken(): string {
  if (!location.hash.startsWith("#token=")) return sessionStorage.getItem("token") ?? "";
  const found = decodeURIComponent(location.hash.slice("#token=".length));
  sessionStorage.setItem("token", found);
  history.replaceState(null, "", location.pathname);
  return found;
}

export function setToken(text: string): void {
  token = text;
  sessionStorage.setItem("token", text);
}

/** @throws Error with the server's message if it refuses. */
export async function ask(path: string, options: RequestInit = {}): Promise<Response> {
  const headers = {
    ...(options.headers as Record<string, string>),
    ...(token && { Authorization: `Bearer ${token}` }),
  };
  const answer = await fetch(path, { ...options, headers });
  if (answer.status === 401) {
    element("asked").hidden = false;
    element("token").focus();
  }
  if (!answer.ok) throw new Error((await answer.text()).trim() || `the server answered with status ${answer.status}`);
  return answer;
}

export const stateOf = async (where: string): Promise<SessionState> => (await ask(`${where}/state`)).json();

export async function change(where: string, settings: object): Promise<void> {
  const headers = { "Content-Type": "application/json" };
  await ask(`${where}/state`, { method: "PUT", headers, body: JSON.stringify(settings) });
}

export async function namesIn(room: string): Promise<string[]> {
  return ((await (await ask(`/rooms/${room}`)).json()) as { names: string[] }).names;
}

/** Ends the session of that address, if there is one. */
export async function end(where: string | null | undefined): Promise<void> {
  if (where) await ask(where, { method: "DELETE", keepalive: true }).catch(() => {});
}

/** Sends an offer and takes the answer. @returns the address of the session. */
export async function connect(pc: RTCPeerConnection, path: string): Promise<string | null> {
  const servers = await iceServers(path);
  pc.setConfiguration({ iceServers: servers });
  await pc.setLocalDescription();
  await Promise.race([gathered(pc), wait(GATHERING[servers.length ? 1 : 0])]);
  const headers = { "Content-Type": "application/sdp" };
  const answer = await ask(path, { method: "POST", headers, body: pc.localDescription?.sdp ?? "" });
  await pc.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  return answer.headers.get("Location");
}

/** The STUN and TURN servers in the Link header (RFC 9725, section 4.6). */
async function iceServers(path: string): Promise<RTCIceServer[]> {
  const links = (await ask(path, { method: "OPTIONS" })).headers.get("Link") ?? "";
  return [...links.matchAll(ICE_LINK)].map(([, urls = "", username, credential = ""]) =>
    username ? { urls, username, credential } : { urls },
  );
}

function gathered(pc: RTCPeerConnection): Promise<void> {
  return new Promise((done) => {
    const look = () => pc.iceGatheringState === "complete" && done();
    pc.addEventListener("icegatheringstatechange", look);
    look();
  });
}

export const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
