/**
 * Sharpens a track in a worker, so that a busy page does not delay its frames.
 *
 * Chromium gives the page the frames of a track, and they go to the worker as streams. Browsers that follow the standard, as
 * Safari does, have the frames in workers only: there the track itself goes to the worker. Elsewhere the page sharpens.
 */

import { hasFrameTracks, openFrames } from "../library/frames";
import type { AdapterOptions } from "./replaced";
import { sharpened } from "./send";
import { spawn } from "./spawn";

/**
 * As for the other adapters, without what cannot be sent to a worker. `folder` must be a whole address. By default nothing is
 * known of the video: `streamInfo` is {}.
 */
export interface WorkerOptions extends Omit<AdapterOptions, "canvas" | "models" | "size"> {
  /** Width and height of the sharpened video; by default those of the source. */
  size?: [number, number];
}

export interface WorkerSharpened {
  readonly track: MediaStreamTrack;
  /** Where it is sharpened. */
  readonly where: "worker" | "page";
  /** Ends the sharpened track. The source goes on. */
  close(): Promise<void>;
}

/** @internal What the page sends. */
export type Task =
  | { options: WorkerOptions; readable: ReadableStream; writable: WritableStream }
  | { options: WorkerOptions; track: MediaStreamTrack }
  | "close";

/** @internal What the worker answers. */
export type Answer = { hasFrameTracks: boolean } | { track: MediaStreamTrack } | { error: string } | "flows" | "closed";

/** @throws Error as `Sharpener.open`, which may run in the worker. */
export async function sharpenedInWorker(
  track: MediaStreamTrack,
  options: WorkerOptions = {},
): Promise<WorkerSharpened> {
  const told = { streamInfo: {}, ...options };
  const worker = start();
  const can = await worker?.next().catch(() => undefined); // a worker of another site is refused
  try {
    if (worker && can) {
      if (hasFrameTracks()) return await byStreams(worker, track, told);
      if (typeof can === "object" && "hasFrameTracks" in can && can.hasFrameTracks) {
        return await byTrack(worker, track, told);
      }
    }
  } catch (error) {
    worker?.end();
    if ((error as Error).name !== "DataCloneError") throw error; // the browser cannot send a track to a worker
  }
  worker?.end();
  return { ...(await sharpened(track, told)), where: "page" };
}

/** A worker whose answers are waited for one by one. */
interface Helper {
  next(): Promise<Answer>;
  ask(task: Task, transfer?: Transferable[]): Promise<Answer>;
  end(): void;
}

function start(): Helper | undefined {
  let worker: Worker;
  try {
    worker = spawn();
  } catch {
    return undefined;
  }
  const next = () =>
    new Promise<Answer>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Answer>) => {
        if (typeof data === "object" && "error" in data) reject(new Error(data.error));
        else resolve(data);
      };
      worker.onerror = (event) => reject(new Error(event.message || "the worker could not be started"));
    });
  const ask = (task: Task, transfer: Transferable[] = []) => {
    const answer = next();
    try {
      worker.postMessage(task, transfer);
    } catch (error) {
      answer.catch(() => {});
      return Promise.reject(error);
    }
    return answer;
  };
  return { next, ask, end: () => worker.terminate() };
}

async function byStreams(worker: Helper, track: MediaStreamTrack, options: WorkerOptions): Promise<WorkerSharpened> {
  const [readable, made, writable] = openFrames(track);
  await worker.ask({ options, readable, writable }, [readable, writable]).catch((error) => {
    made.stop();
    throw error;
  });
  return workerSharpened(worker, made);
}

async function byTrack(worker: Helper, track: MediaStreamTrack, options: WorkerOptions): Promise<WorkerSharpened> {
  const sent = track.clone(); // a track that is sent ends on the page
  const answer = await worker.ask({ options, track: sent }, [sent as unknown as Transferable]).catch((error) => {
    sent.stop();
    throw error;
  });
  const { track: made } = answer as { track: MediaStreamTrack };
  return workerSharpened(worker, made);
}

function workerSharpened(worker: Helper, track: MediaStreamTrack): WorkerSharpened {
  let closing: Promise<void> | undefined; // the worker answers once
  const close = () => {
    closing ??= closed(worker, track);
    return closing;
  };
  return { track, where: "worker", close };
}

async function closed(worker: Helper, made: MediaStreamTrack): Promise<void> {
  await worker.ask("close").catch(() => {});
  made.stop();
  worker.end();
}
