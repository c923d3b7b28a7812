/** `npm run examples`, and their test. They import crispen-web as an installed package; here it is dist/library. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { exports: entries } = JSON.parse(readFileSync(here("../package.json"), "utf8"));
const alias = Object.entries(entries)
  .filter(([, target]) => target.types)
  .map(([name, target]) => ({
    find: new RegExp(`^crispen-web${name.slice(1)}$`),
    replacement: here(`../${target.default}`),
  }));

export default {
  resolve: { alias },
  build: {
    target: "esnext",
    rolldownOptions: {
      input: readdirSync(here("."))
        .filter((name) => name.endsWith(".html"))
        .map(here),
    },
  },
};
