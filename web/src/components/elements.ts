/** Helpers for the document of a page. */

/** The element of that id. @throws Error if the page has none, which is a mistake in the page. */
export function element<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as T;
}

/** All elements below `root` that match the selector. */
export function all<T extends HTMLElement = HTMLElement>(selector: string, root: ParentNode = document): T[] {
  return [...root.querySelectorAll<T>(selector)];
}

/** The first element below `root` that matches the selector. @throws Error if there is none. */
export function first<T extends HTMLElement = HTMLElement>(selector: string, root: ParentNode = document): T {
  const found = root.querySelector<T>(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return found;
}

/** What the page carries as JSON in the script element of that id. */
export const dataOf = <T>(id: string): T => JSON.parse(element(id).textContent ?? "") as T;

export const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

/** Whether a key was pressed with one of the keys that browsers use for their own shortcuts. */
export const isShortcut = (event: KeyboardEvent): boolean => event.ctrlKey || event.altKey || event.metaKey;
