/** Headless Chromium, and a file server on loopback. */
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, normalize, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** Holds the folders `page` and `extension`, which `crispen web --unpack` wrote. */
export const UNPACKED = resolve(ROOT, process.env.UNPACKED ?? "dist/unpacked");
const KINDS = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".png": "image/png",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".mp4": "video/mp4",
  ".webmanifest": "application/manifest+json",
};
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export const CHROMIUM = process.env.CHROMIUM ?? PLACES.find((path) => existsSync(path));

/** WebGPU and WebGL2 on the CPU, so that results do not depend on the GPU. */
export const SOFTWARE = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
  "--use-vulkan=swiftshader",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
];

export async function launch(more = [], options = {}) {
  const args = ["--no-sandbox", "--disable-dev-shm-usage", ...SOFTWARE, ...more];
  return puppeteer.launch({ executablePath: CHROMIUM, headless: true, args, protocolTimeout: 120_000, ...options });
}

/** Serves files from the first folder that has them, on a free port. */
export async function serve(...folders) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
    const name = path.endsWith("/") ? `${path}index.html` : path;
    const file = folders
      .map((folder) => join(resolve(ROOT, folder), name))
      .find((each) => existsSync(each) && statSync(each).isFile());
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "Content-Type": KINDS[extname(file)] ?? "application/octet-stream",
      "Cache-Control": "no-store",
    });
    createReadStream(file).pipe(response);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://localhost:${server.address().port}`,
    close: () => {
      const over = new Promise((closed) => server.close(closed));
      server.closeAllConnections(); // browsers keep some open that they never used
      return over;
    },
  };
}

/** Collects a page's errors: console, exceptions and failed requests. */
export function complaints(page) {
  const found = [];
  page.on("console", (message) => message.type() === "error" && found.push(message.text()));
  page.on("pageerror", (error) => found.push(String(error)));
  page.on("requestfailed", (request) => {
    const error = request.failure()?.errorText;
    // A player ends a request for a video in memory as soon as it has enough of it.
    if (request.url().startsWith("blob:") && error === "net::ERR_ABORTED") return;
    found.push(`${request.url()} ${error}`);
  });
  return found;
}

/** Opens the library's test page, with its models and what the further `folders` hold. */
export async function openLibrary(...folders) {
  const files = await serve("tests/library", "dist/library", "public/models", ...folders);
  const browser = await launch();
  const page = await browser.newPage();
  const wrong = complaints(page);
  await page.goto(files.url);
  await page.waitForFunction("window.ready");
  return { browser, files, page, wrong };
}
