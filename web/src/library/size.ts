/** The size at which a picture is drawn. */

/** Width and height in pixels, or a function of a picture's own; undefined: its own. */
export type Size =
  | readonly [number, number]
  | ((width: number, height: number) => readonly [number, number] | undefined);

/** The size to draw a picture of width x height at, in whole pixels. */
export function sized(size: Size | undefined, width: number, height: number): [number, number] {
  const [wide, high] = (typeof size === "function" ? size(width, height) : size) ?? [width, height];
  return [Math.round(wide), Math.round(high)];
}
