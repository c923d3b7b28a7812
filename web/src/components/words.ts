/** What the pages say about models and sharpeners. */

import type { Choice } from "../library/index";

/** The name of a model as it is shown. */
export const titled = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** The expert in use, in words, such as "blurred, strength 1.25". */
export function described({ expert, strength }: Choice): string {
  return strength ? `${expert}, strength ${strength}` : "none (sharpening would not help here)";
}
