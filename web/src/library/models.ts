/** Where weights come from. */

/** Gives the file of a set of weights, by its name: what `crispen export MODEL --to webgpu --stream SET` writes. */
export type Models = (set: string) => Promise<ArrayBuffer>;

const SHIPPED = ["fast", "balanced", "best"];

/**
 * @param model "fast", "balanced" or "best", whose files lie in `folder`; or one file for every set, as such or where it lies.
 * @param folder of MODEL-SET.safetensors, by default `models` beside the page.
 */
export function modelsOf(model: string | URL | ArrayBuffer, folder: string | URL = "models"): Models {
  if (model instanceof ArrayBuffer) return async () => model;
  if (typeof model !== "string" || !SHIPPED.includes(model)) return () => read(new URL(model, location.href));
  const place = String(folder).replace(/\/?$/, "/");
  return (set) => read(new URL(`${model}-${set}.safetensors`, new URL(place, location.href)));
}

async function read(url: URL): Promise<ArrayBuffer> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`there is no model at ${url}: ${answer.status}`);
  return answer.arrayBuffer();
}
