/** The models that come with the page. */

import type { Model, Models } from "../library/index";

/** Loads the files of `model` by the name of the expert, for a Sharpener. */
export function filesOf(model: Model): Models {
  return async (set) => {
    const answer = await fetch(`./models/${model}-${set}.safetensors`);
    if (!answer.ok)
      throw new Error(`The model ${model} (${set}) could not be loaded: ${answer.status}. Reload the page.`);
    return answer.arrayBuffer();
  };
}
