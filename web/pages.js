/**
 * Builds the pages of the Python package from src/: compare, callbench, study and serve.
 *
 *   node pages.js            writes them into ../src/crispen
 *   node pages.js --check    fails if what is there differs from what the sources build
 *
 * A page is a Jinja2 template (page.html) with its style and script in it, so that the file it makes loads nothing.
 * The page of `serve` is three files instead, because its server forbids inline code.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const NOTE = "built by web/pages.js, do not edit";

/** The script and the style of a page, readable, so that changes of the built files can be reviewed. */
async function bundle(name) {
  const [{ output }] = await build({
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    build: {
      write: false,
      target: "es2022",
      minify: false,
      cssMinify: false,
      lib: { entry: here(`src/${name}/page.ts`), formats: ["iife"], name: "page", fileName: () => "page.js" },
      rolldownOptions: { experimental: { attachDebugInfo: "none" } },
    },
  });
  const code = output.find((each) => each.type === "chunk").code;
  const style = String(output.find((each) => each.fileName.endsWith(".css")).source);
  return { code, style: style.replace(/\/\*\$vite.*?\*\//, "") };
}

/** In Jinja2's `raw`, which leaves braces alone. */
function inline(text, element, end) {
  if (text.includes(end) || text.includes("endraw")) throw new Error(`${element} may not contain ${end} or endraw`);
  return `<${element}>{% raw %}\n${text.trim()}\n{% endraw %}</${element}>`;
}

async function selfContained(name) {
  const { code, style } = await bundle(name);
  const html = readFileSync(here(`src/${name}/page.html`), "utf8");
  const filled = html
    .replace('<link rel="stylesheet" href="page.css">', () => inline(style, "style", "</style"))
    .replace('<script src="page.js"></script>', () => inline(code, "script", "</script"));
  return { [`pages/${name}.html`]: `{# ${NOTE} #}\n${filled}` };
}

async function inThreeFiles(name) {
  const { code, style } = await bundle(name);
  return {
    [`${name}/page.html`]: readFileSync(here(`src/${name}/page.html`), "utf8"),
    [`${name}/page.css`]: `/* ${NOTE} */\n${style.trim()}\n`,
    [`${name}/page.js`]: `// ${NOTE}\n${code.trim()}\n`,
  };
}

const files = {};
for (const name of ["compare", "callbench", "study"]) Object.assign(files, await selfContained(name));
Object.assign(files, await inThreeFiles("serve"));

const stale = [];
for (const [name, text] of Object.entries(files)) {
  const path = here(`../src/crispen/${name}`);
  if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
  stale.push(`src/crispen/${name}`);
  if (process.argv.includes("--check")) continue;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
if (process.argv.includes("--check") && stale.length) {
  console.error(`${stale.join(", ")}: not what the sources in web/src build. Run: cd web && npm run pages`);
  process.exit(1);
}
