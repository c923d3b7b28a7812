/** The npm package: packed, installed into a fresh project, and used from Node, Vite, a plain page and TypeScript. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, createReadStream, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { CHROMIUM, complaints, launch, ROOT, serve } from "../browser.js";
import { newProject } from "./project.js";

const skip = !existsSync(join(ROOT, "dist/library/models")) && "run: npm run models, npm run build";
const skipPage = skip || (!CHROMIUM && "no chromium");
/** Bytes: of the packed file, and of each module that a page loads, with those that it imports, gzipped. */
const BUDGET = { packed: 1_000_000, module: 24_000 };
let project, browser;

before(async () => {
  if (skip) return;
  project = newProject("peers.js");
  if (!skipPage) browser = await launch();
});
after(async () => {
  await browser?.close();
  project?.remove();
});

const INSTALLED = "node_modules/crispen-web";
const { exports: entries } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const modules = Object.entries(entries).filter(([, target]) => target.types);

/** A module and all that it imports, without their addresses of models. */
function withImports(path, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  const code = readFileSync(path, "utf8");
  for (const [, name] of code.matchAll(/\bfrom\s*"(\.[^"]+)"/g)) withImports(join(path, "..", name), found);
  return found;
}

test("the package and each module are within their budget", { skip }, () => {
  assert.ok(project.packed.size < BUDGET.packed, `${project.packed.size} bytes packed`);
  for (const [name, target] of modules) {
    const files = [...withImports(join(project.folder, INSTALLED, target.default))];
    const size = files.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);
    console.log(`${name}: ${size} bytes gzipped`);
    assert.ok(size < BUDGET.module, `${name}: ${size} bytes gzipped`);
  }
});

test("the package contains what its modules need, and no sources or tests", { skip }, () => {
  const names = project.packed.files.map(({ path }) => path);
  for (const name of ["README.md", "dist/library/LICENSE", "dist/library/models/balanced-router.safetensors"]) {
    assert.ok(names.includes(name), name);
  }
  assert.deepEqual(
    names.filter((name) => !/^(README\.md|package\.json|dist\/library\/)/.test(name)),
    [],
  );
});

test("each module can be imported in Node, which has no window", { skip }, () => {
  for (const [name] of modules) {
    const code = `import("crispen-web/${name.slice(2)}".replace(/\\/$/, "")).then((all) => console.log(Object.keys(all).length))`;
    assert.ok(Number(project.node("-e", code)) > 0, name);
  }
});

test("its types are found and are correct by themselves", { skip }, () => {
  const lines = modules.map(([name], at) =>
    `import * as m${at} from "crispen-web/${name.slice(2)}";`.replace('/"', '"'),
  );
  const use = `
    import { Sharpener, overlay, type Options } from "crispen-web";
    const options: Options = { model: "fast", strength: 1 };
    export const made: Promise<Sharpener> = Sharpener.open(options);
    export const over = overlay(document.createElement("video"), { model: "best" }).expert.length;
    // @ts-expect-error: no such option
    void Sharpener.open({ modell: "fast" });
    export default [${modules.map((_, at) => `m${at}`)}];`;
  const agora = "node_modules/agora-rte-extension"; // whose classes its adapter takes
  cpSync(join(ROOT, agora), join(project.folder, agora), { recursive: true });
  writeFileSync(join(project.folder, "use.mts"), [...lines, use].join("\n"));
  for (const resolution of [
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ]) {
    const settings = ["--strict", "--noEmit", "--target", "es2022", "--lib", "es2022,dom,dom.iterable", "--types", ""];
    const words = [...settings, "--module", resolution[0], "--moduleResolution", resolution[1], "use.mts"];
    try {
      project.node(project.tsc, ...words);
    } catch (error) {
      assert.fail(error.stdout);
    }
  }
});

/** Opens a page of the project, and looks at what it sharpened. */
async function sharpens(url, where) {
  const page = await browser.newPage();
  const said = complaints(page);
  try {
    await page.goto(url);
    await page.waitForFunction("window.sharpener?.stats.frames > 5 && window.video.videoWidth", {
      polling: 100,
      timeout: 60_000,
    });
    const change = await page.evaluate(async () => {
      const picture = await createImageBitmap(video);
      const drawn = (strength) => {
        sharpener.strength = strength;
        sharpener.draw(picture);
        const { width, height } = sharpener.canvas;
        const context = new OffscreenCanvas(width, height).getContext("2d");
        context.drawImage(sharpener.canvas, 0, 0);
        return context.getImageData(0, 0, width, height).data;
      };
      const [one, other] = [drawn(0), drawn(1)];
      return one.reduce((most, value, at) => Math.max(most, Math.abs(value - other[at])), 0);
    });
    assert.equal(await page.evaluate(() => window.where), where);
    assert.ok(change > 4, `${change} levels`);
    assert.deepEqual(said, []);
  } catch (error) {
    const state = await page.evaluate(() => [
      document.readyState,
      window.sharpener?.stats.frames,
      window.video?.videoWidth,
    ]);
    assert.fail([error.message, ...state, ...said].join("; "));
  } finally {
    await page.close();
  }
}

test("built by Vite, a page sharpens the track of another peer", { skip: skipPage, timeout: 90_000 }, async () => {
  project.node(project.vite, "build", "--logLevel", "warn");
  const files = await serve(join(project.folder, "dist"));
  await sharpens(files.url, "worker").finally(() => files.close());
});

test("so does Vite's development server", { skip: skipPage, timeout: 90_000 }, async () => {
  const words = [project.vite, "--host", "127.0.0.1", "--port", "0", "--clearScreen", "false"];
  const server = spawn(process.execPath, words, { cwd: project.folder, env: { ...process.env, NO_COLOR: "1" } });
  try {
    let said = "";
    server.stdout.on("data", (data) => (said += data));
    while (!/http:\S+/.test(said)) await once(server.stdout, "data");
    await sharpens(said.match(/http:\S+/)[0], "worker");
  } finally {
    server.kill();
  }
});

test("so does a plain page that imports it from another server", { skip: skipPage, timeout: 90_000 }, async () => {
  const shop = createServer((request, response) => {
    const type = extname(request.url) === ".js" ? "text/javascript" : "application/octet-stream";
    response.writeHead(200, { "Content-Type": type, "Access-Control-Allow-Origin": "*" });
    createReadStream(join(project.folder, "node_modules", request.url)).pipe(response);
  });
  await new Promise((listening) => shop.listen(0, "127.0.0.1", listening));
  const cdn = `http://127.0.0.1:${shop.address().port}/crispen-web/dist/library`;
  const imports = { "crispen-web": `${cdn}/crispen.js`, "crispen-web/worker": `${cdn}/worker.js` };
  const map = `<script type="importmap">${JSON.stringify({ imports })}</script>`;
  const html = readFileSync(join(project.folder, "index.html"), "utf8");
  writeFileSync(join(project.folder, "plain.html"), html.replace("<script", `${map}<script`));
  const files = await serve(project.folder);
  await sharpens(`${files.url}/plain.html`, "page").finally(() => files.close());
  shop.close();
  shop.closeAllConnections();
});
