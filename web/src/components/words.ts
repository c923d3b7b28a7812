/** What the pages say about a sharpener. */

import type { Choice } from "../library/index";

/** The expert in use, in words, such as "blurred, strength 1.25". */
export function described({ expert, strength }: Choice): string {
  return strength ? `${expert}, strength ${strength}` : "none (sharpening would not help here)";
}
