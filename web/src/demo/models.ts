/** The models that come with the page. */

export const MODELS = ["fast", "balanced", "best"] as const;
export type Model = (typeof MODELS)[number];

/** Gives the files of `model` by the name of the set, as a Sharpener asks for them. */
export function filesOf(model: Model): (set: string) => Promise<ArrayBuffer> {
  return async (set) => {
    const answer = await fetch(`./models/${model}-${set}.safetensors`);
    if (!answer.ok) throw new Error(`The model ${model} (${set}) could not be loaded: ${answer.status}. Reload the page.`);
    return answer.arrayBuffer();
  };
}
