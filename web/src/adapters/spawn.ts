/** Starts the worker. The npm package has another file in place of this one, which build.js writes: there it is in the package. */
export const spawn = (): Worker => new Worker(new URL("inworker.js", location.href), { type: "module" });
