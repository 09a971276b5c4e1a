// Tries the copy buttons of reports under the policy of their own page, and prints, as JSON, what each file
// shows with and without scripts. Usage: node copying.mjs FILE...
import { pathToFileURL } from "node:url";
import { start } from "./chromium.mjs";

const browser = await start();
const found = [];
for (const file of process.argv.slice(2)) {
  const open = async (options = {}) => {
    const context = await browser.newContext({ viewport: { width: 390, height: 740 }, offline: true, ...options });
    const page = await context.newPage();
    page.faults = [];
    page.on("pageerror", (fault) => page.faults.push(String(fault)));
    await page.goto(pathToFileURL(file).href);
    return page;
  };
  const page = await open({ permissions: ["clipboard-read", "clipboard-write"] });
  const buttons = page.locator("button");
  const copies = [];
  for (const button of await buttons.all()) {
    await button.click();
    await page.waitForFunction((one) => one.textContent.startsWith("Copied"), await button.elementHandle());
    const name = await button.textContent();
    const same = await button.evaluate(async (one) => {
      return await navigator.clipboard.readText() === one.nextElementSibling.querySelector("pre").textContent;
    });
    copies.push({ name, same });
  }
  // what a hole in our escaping would let in: a script, and a handler of an event
  const other = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
    const drawn = document.createElement("div");
    drawn.innerHTML = '<details open ontoggle="window.ran = true"></details>';
    document.body.append(drawn);
    drawn.firstChild.dispatchEvent(new Event("toggle"));
    return window.ran === true;
  });
  await page.emulateMedia({ media: "print" });
  const printed = await page.locator("button:visible").count();
  const policies = await page.locator("details.whole").count();
  const still = await open({ javaScriptEnabled: false });
  const without = await still.locator("button").count();
  found.push({ file, copies, other, printed, policies, without, faults: page.faults });
  await page.context().close();
  await still.context().close();
}
await browser.close();
console.log(JSON.stringify(found));
