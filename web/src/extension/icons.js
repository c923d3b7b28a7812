/** Draws icons/*.png from the page's icon in a browser: node src/extension/icons.js */

import { mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const svg = readFileSync(here("../demo/public/icon.svg"), "utf8");
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
const page = await browser.newPage();
mkdirSync(here("icons"), { recursive: true });
for (const side of [16, 32, 48, 128]) {
  await page.setViewport({ width: side, height: side });
  await page.setContent(
    `<style>body{margin:0;background:none}svg{display:block;width:${side}px;height:${side}px}</style>${svg}`,
  );
  await page.screenshot({ path: here(`icons/${side}.png`), omitBackground: true });
}
await browser.close();
