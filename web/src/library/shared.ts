/**
 * The WebGL2 context that the overlays of a page share: browsers allow about sixteen contexts in a page, and for each further
 * one they take the oldest away, which may be the page's own.
 */

import type { Surface } from "./backend";
import { GlContext } from "./glcontext";

const users = new Set<Surface>();
let context: GlContext | undefined;
let isLost = false;

/** @throws Error if there is no WebGL2, or the context is lost and not yet restored. */
export function joinShared(user: Surface): GlContext {
  if (!context || isLost) {
    // After a loss the same canvas is used: a new one would take a context of the page away.
    const made = GlContext.of(context?.surface ?? new OffscreenCanvas(1, 1));
    [context, isLost] = [made, false];
    void made.lost.then(() => {
      if (context === made) isLost = true;
    });
  }
  users.add(user);
  return context;
}

/** The last user gives the context back. */
export function leaveShared(user: Surface): void {
  if (!users.delete(user) || users.size) return;
  context?.lose();
  context = undefined;
}
