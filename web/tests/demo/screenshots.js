/** Makes the screenshots of docs/web.md: node tests/demo/screenshots.js ../docs */
import { join } from "node:path";
import { launch, serve, UNPACKED } from "../browser.js";
import { open, wait } from "../call/setup.js";

const [folder = "../docs"] = process.argv.slice(2);
const shot = (name) => ({ path: join(folder, name), type: "jpeg", quality: 82 });

const browser = await launch();
const site = await serve(join(UNPACKED, "page"));
const page = await browser.newPage();
async function sample(width, height, scale, scheme) {
  await page.setViewport({ width, height, deviceScaleFactor: scale });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(`${site.url}/`);
  await page.waitForFunction(
    "document.querySelector('#stage').dataset.state === 'running' && document.querySelector('#video').currentTime > 1.2",
  );
  await page.click("#play");
  await wait(1500);
}
await sample(1280, 900, 1, "light");
await page.screenshot(shot("web_page.jpg"));
await sample(390, 844, 2, "dark");
await page.screenshot(shot("web_phone.jpg"));
await browser.close();
await site.close();

const here = await open();
const call = await here.browser.newPage();
await call.setViewport({ width: 920, height: 540 });
await call.goto(`${here.site.url}/`);
await call.waitForFunction("window.measure && document.querySelector('#far').videoWidth > 0");
const popup = await here.click(call);
await popup.waitForFunction("document.querySelector('#left').innerText.includes(' on ')");
await popup.screenshot(shot("web_popup.jpg"));
await here.tell(call, { compare: true, model: "balanced" });
await wait(5000);
await call.screenshot(shot("web_call.jpg"));
await here.close();
