/** For `npm run dev` alone: serves the models and the sample, which a build copies. */

import { createReadStream } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

function served(server) {
  server.middlewares.use((request, response, next) => {
    const path = request.url?.split("?")[0] ?? "";
    const model = /^\/models\/([\w-]+\.safetensors)$/.exec(path)?.[1];
    const file = model
      ? here(`../../public/models/${model}`)
      : path === "/sample.mp4" && here("../../../examples/call.mp4");
    if (!file) return next();
    response.setHeader("Content-Type", model ? "application/octet-stream" : "video/mp4");
    createReadStream(file)
      .on("error", () => next())
      .pipe(response);
  });
}

export default { plugins: [{ name: "models-and-sample", configureServer: served }] };
