/** Where the shipped models are unless a page says otherwise: in the folder `models` beside the page. */

/**
 * The npm package has another file in place of this one, which build.js writes: there the models are in the package, and
 * bundlers such as Vite and webpack copy them.
 * @param file such as "balanced-any.safetensors".
 */
export const addressOf = (file: string): URL => new URL(`models/${file}`, location.href);
