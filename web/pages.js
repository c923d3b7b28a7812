/**
 * Builds what the Python package contains of src/: the pages of compare, callbench, study and serve, and for `crispen web`
 * the demo and the extension.
 *
 *   node pages.js            writes them into ../src/crispen
 *   node pages.js --check    fails if what is there differs from what the sources build
 *
 * A page of a report is a Jinja2 template (page.html) with its style and script in it, so that the file it makes loads
 * nothing. The page of `serve` is three files instead, because its server forbids inline code. Scripts and styles are
 * readable, so that changes of the built files can be reviewed.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import demo from "./src/demo/build.js";
import extension from "./src/extension/build.js";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const NOTE = "built by web/pages.js, do not edit";
const WEB = "web/built"; // every file in it is built here

/** What Vite makes of `options`: files with a name and code or source. Nothing is written. */
async function bundle(options) {
  const built = await build({
    configFile: false,
    logLevel: "warn",
    ...options,
    build: {
      write: false,
      target: "es2022",
      minify: false,
      cssMinify: false,
      rolldownOptions: { experimental: { attachDebugInfo: "none" } },
      ...options.build,
    },
  });
  return [built].flat().flatMap(({ output }) => output);
}

/** The script and the style of a page. */
async function scriptAndStyle(name) {
  const lib = { entry: here(`src/${name}/page.ts`), formats: ["iife"], name: "page", fileName: () => "page.js" };
  const output = await bundle({ publicDir: false, build: { lib } });
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
  const { code, style } = await scriptAndStyle(name);
  const html = readFileSync(here(`src/${name}/page.html`), "utf8");
  const filled = html
    .replace('<link rel="stylesheet" href="page.css">', () => inline(style, "style", "</style"))
    .replace('<script src="page.js"></script>', () => inline(code, "script", "</script"));
  return { [`pages/${name}.html`]: `{# ${NOTE} #}\n${filled}` };
}

async function inThreeFiles(name) {
  const { code, style } = await scriptAndStyle(name);
  return {
    [`${name}/page.html`]: readFileSync(here(`src/${name}/page.html`), "utf8"),
    [`${name}/page.css`]: `/* ${NOTE} */\n${style.trim()}\n`,
    [`${name}/page.js`]: `// ${NOTE}\n${code.trim()}\n`,
  };
}

const files = {};
for (const name of ["compare", "callbench", "study"]) Object.assign(files, await selfContained(name));
Object.assign(files, await inThreeFiles("serve"));
for (const [folder, part] of Object.entries({ page: demo, extension })) {
  for (const [name, content] of Object.entries(await part(bundle))) files[`${WEB}/${folder}/${name}`] = content;
}

const stale = [];
const target = (name) => here(`../src/crispen/${name}`);
for (const [name, content] of Object.entries(files)) {
  if (existsSync(target(name)) && readFileSync(target(name)).equals(Buffer.from(content))) continue;
  stale.push(name);
  if (process.argv.includes("--check")) continue;
  mkdirSync(dirname(target(name)), { recursive: true });
  writeFileSync(target(name), content);
}
for (const entry of existsSync(target(WEB)) ? readdirSync(target(WEB), { recursive: true, withFileTypes: true }) : []) {
  const name = `${entry.parentPath}/${entry.name}`.slice(target("").length);
  if (!entry.isFile() || name in files) continue;
  stale.push(name);
  if (!process.argv.includes("--check")) rmSync(target(name));
}
if (process.argv.includes("--check") && stale.length) {
  const names = stale.map((name) => `src/crispen/${name}`).join(", ");
  console.error(`${names}: not what the sources in web/src build. Run: cd web && npm run pages`);
  process.exit(1);
}
