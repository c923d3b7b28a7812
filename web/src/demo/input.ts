/** Keys, and files that are dropped on the page. */

import { isShortcut } from "../components/elements";

export interface Keys {
  /** What a key does, by its name in small letters. */
  pressed: Record<string, () => void>;
  /** What the space bar does where it does not press what has the focus. */
  space: () => void;
  released: Record<string, () => void>;
}

export function onKeys({ pressed, space, released }: Keys): void {
  document.addEventListener("keydown", (event) => {
    if (isShortcut(event)) return;
    const isFree = !(event.target as HTMLElement).matches("button, input, summary");
    const action = event.key === " " ? isFree && space : pressed[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  });
  document.addEventListener("keyup", (event) => released[event.key.toLowerCase()]?.());
}

export function onDrop(take: (file: File) => void): void {
  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      const outside = name === "dragleave" && (event as DragEvent).relatedTarget === null;
      document.body.classList.toggle("dropping", name !== "drop" && !outside);
      const [file] = name === "drop" ? ((event as DragEvent).dataTransfer?.files ?? []) : [];
      if (file) take(file);
    });
  }
}
