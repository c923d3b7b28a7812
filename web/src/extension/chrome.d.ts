/** The browser functions that the extension uses; https://developer.chrome.com/docs/extensions/reference/api has the rest. */
declare namespace chrome {
  namespace runtime {
    const id: string;
    function getURL(path: string): string;
    function sendMessage(message: object): Promise<unknown>;
    const onMessage: {
      addListener(
        listener: (message: never, sender: { id?: string }, answer: (value: unknown) => void) => boolean,
      ): void;
    };
  }
  namespace scripting {
    interface Target {
      tabId: number;
      allFrames?: boolean;
    }
    function executeScript(what: { target: Target; files: string[] }): Promise<{ result: unknown }[]>;
    function executeScript<A extends unknown[], R>(what: {
      target: Target;
      func: (...args: A) => R;
      args?: A;
    }): Promise<{ result: Awaited<R> | null }[]>;
  }
  namespace action {
    function setBadgeText(what: { tabId: number; text: string }): Promise<void>;
    function setBadgeBackgroundColor(what: { tabId: number; color: string }): Promise<void>;
  }
  namespace storage {
    const local: { get(key: string): Promise<object>; set(values: object): Promise<void> };
  }
  namespace tabs {
    function query(what: { active: boolean; currentWindow: boolean }): Promise<{ id?: number }[]>;
  }
}
