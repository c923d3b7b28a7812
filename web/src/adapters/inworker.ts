/** The script of the worker that worker.ts starts. */

import { hasFrameTracks } from "../library/frames";
import { Replaced } from "./replaced";
import { FrameSharpener } from "./streams";
import type { Answer, Task } from "./worker";

/** What a worker has, or a stand-in of it. */
interface Scope {
  onmessage: ((event: MessageEvent<Task>) => void) | null;
  postMessage(answer: Answer, transfer?: Transferable[]): void;
}

/** Says what this worker can do, and then does what it is sent. */
export function work(scope: Scope): void {
  let close: () => Promise<void> = async () => {};
  scope.onmessage = async ({ data }) => {
    try {
      if (data === "close") {
        await close();
        scope.postMessage("closed");
      } else if ("track" in data) {
        const source = new Replaced(data.options);
        close = () => source.close();
        const track = await source.take(data.track);
        scope.postMessage({ track }, [track as unknown as Transferable]);
      } else {
        const sharpener = new FrameSharpener(data.options);
        close = () => sharpener.destroy();
        await sharpener.transform(data.readable, data.writable);
        scope.postMessage("flows");
      }
    } catch (error) {
      scope.postMessage({ error: (error as Error).message });
    }
  };
  scope.postMessage({ hasFrameTracks: hasFrameTracks() });
}

if (!globalThis.document && "onmessage" in globalThis) work(globalThis as unknown as Scope);
