/** The models that are shipped, and where their weights come from. */

import { addressOf } from "./addresses";

/** From the fastest to the best. */
export const MODELS = ["fast", "balanced", "best"] as const;
export type Model = (typeof MODELS)[number];

/**
 * Loads the file of an expert by its name, as `crispen export MODEL --to webgpu --stream EXPERT` writes it, and the router's
 * by the name "router".
 */
export type Models = (set: string) => Promise<ArrayBuffer>;

/**
 * @param model "fast", "balanced" or "best", whose files are in `folder`; or one file for every expert, as bytes or address.
 * @param folder holds MODEL-EXPERT.safetensors and MODEL-router.safetensors; by default those of the
 *     npm package.
 */
export function modelsOf(model: string | URL | ArrayBuffer, folder?: string | URL): Models {
  if (model instanceof ArrayBuffer) return async () => model;
  if (!isShipped(model)) return () => read(new URL(model, location.href));
  const file = (set: string) => `${model}-${set}.safetensors`;
  if (folder === undefined) return async (set) => read(addressOf(file(set)));
  const place = String(folder).replace(/\/?$/, "/");
  return (set) => read(new URL(file(set), new URL(place, location.href)));
}

/** Whether a model has a router: it is one of those that are shipped, not a file. */
export function isShipped(model: string | URL | ArrayBuffer): boolean {
  return (MODELS as readonly unknown[]).includes(model);
}

const OPENING = 0x7b; // "{", with which the header of a safetensors file begins after eight bytes

async function read(url: URL): Promise<ArrayBuffer> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`there is no model at ${url}: ${answer.status}`);
  const file = await answer.arrayBuffer();
  if (new Uint8Array(file)[8] === OPENING) return file;
  const isPage = answer.headers.get("Content-Type")?.startsWith("text/html");
  throw new Error(`${url} is no safetensors file${isPage ? ": the server sent a page instead" : ""}`);
}
