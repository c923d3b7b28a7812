/** The element of that id; the page is static, so one that is missing is a mistake of ours. */
export function element<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as T;
}

export const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);
