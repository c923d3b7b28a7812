/**
 * Builds dist/library, which the npm package contains: a module for each entry of `exports` in package.json, its types, and
 * the models. pages.js builds the page and the extension.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "vite";

const FOLDER = "dist/library";
const MODELS = "public/models";
// name of the module -> source, as `exports` has the types of the source
const { exports: entries } = JSON.parse(readFileSync("package.json", "utf8"));
const ENTRIES = Object.fromEntries(
  Object.values(entries).flatMap(({ types, default: module }) =>
    types ? [[basename(module, ".js"), types.replace("./dist/library/types", "src").replace(/\.d\.ts$/, ".ts")]] : [],
  ),
);
ENTRIES.inworker = "src/adapters/inworker.ts"; // the script of a worker

await build({
  configFile: false,
  publicDir: false,
  logLevel: "warn",
  plugins: [
    {
      name: "addresses-in-the-package", // of the models and of the worker, as written below
      enforce: "pre",
      resolveId: (id) =>
        /^\.+\/.*\b(addresses|spawn)$/.test(id) ? { id: `./${basename(id)}.js`, external: true } : null,
    },
  ],
  build: {
    outDir: FOLDER,
    target: "es2022",
    lib: { entry: ENTRIES, formats: ["es"], fileName: (_, name) => `${name}.js` },
    rolldownOptions: { output: { chunkFileNames: "[name].js" } },
  },
});
cpSync("../LICENSE", `${FOLDER}/LICENSE`);

const models = existsSync(MODELS) ? readdirSync(MODELS).sort() : [];
if (models.length) cpSync(MODELS, `${FOLDER}/models`, { recursive: true });
// Bundlers find an asset by `new URL` with a literal name, and by nothing else.
writeFileSync(
  `${FOLDER}/addresses.js`,
  `const addresses = {
${models.map((file) => `  "${file}": () => new URL("./models/${file}", import.meta.url),\n`).join("")}};
export function addressOf(file) {
  if (!addresses[file]) throw new Error(\`the package has no model \${file}\`);
  return addresses[file]();
}
`,
);
writeFileSync(
  `${FOLDER}/spawn.js`,
  `export const spawn = () => new Worker(new URL("./inworker.js", import.meta.url), { type: "module" });\n`,
);

execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.types.json"], { stdio: "inherit" });
for (const name of readdirSync(`${FOLDER}/types`, { recursive: true })) {
  if (!name.endsWith(".d.ts")) continue;
  const path = join(FOLDER, "types", name); // Node's way of finding modules, which TypeScript follows, wants their extension
  writeFileSync(path, readFileSync(path, "utf8").replaceAll(/((?:from|import\()\s*"\.[^"]*)"/g, '$1.js"'));
}
