// Opens pages, light and dark, wide, narrow and on paper, and prints what axe-core
// finds and whether anything overflows the page, as JSON. Usage: node check.mjs FILE...
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { start } from "./chromium.mjs";

const axe = createRequire(import.meta.url).resolve("axe-core");
const files = process.argv.slice(2);
const views = [
  { name: "light", colorScheme: "light", viewport: { width: 1200, height: 900 } },
  { name: "dark", colorScheme: "dark", viewport: { width: 1200, height: 900 } },
  { name: "phone", colorScheme: "light", viewport: { width: 360, height: 740 } },
  // what stands beyond it would make a browser print all of a page smaller
  { name: "paper", colorScheme: "light", viewport: { width: 658, height: 900 }, media: "print" },
];
const browser = await start(); // below, a page's own policy would keep axe out
const found = [];
for (const file of files) {
  for (const { name, media = "screen", ...options } of views) {
    const context = await browser.newContext({ ...options, offline: true, bypassCSP: true });
    const page = await context.newPage();
    await page.emulateMedia({ media });
    const requests = [];
    page.on("request", (one) => requests.push(one.url()));
    await page.goto(pathToFileURL(file).href);
    await page.addScriptTag({ path: axe });
    // axe looks for what a reader of the screen hears; print leaves that out
    const { violations } = media === "print" ? { violations: [] } : await page.evaluate(() => window.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }));
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    const beyond = wide <= 0 ? [] : await page.evaluate(() => [...document.querySelectorAll("body *")]
      .filter((one) => one.getBoundingClientRect().right > innerWidth && !one.closest(".scroll, pre"))
      .slice(0, 5).map((one) => one.outerHTML.slice(0, 160)));
    // a condition's text must be its row's widest cell, and its bar nothing but a bar
    const cramped = await page.evaluate(() => [...document.querySelectorAll(".stairs tr")]
      .filter((row) => [...row.querySelectorAll("td")].some((cell) => cell.offsetWidth > row.querySelector("th").offsetWidth)
        || [...row.querySelectorAll(".bar i")].some((bar) => getComputedStyle(bar, "::before").content !== "none"))
      .map((row) => row.textContent.slice(0, 80)));
    const component = await page.evaluate(() =>
      document.querySelector("aivss-score")?.shadowRoot?.textContent.replace(/<style>.*/s, "") ?? "");
    found.push({
      file, view: name, component, wide, beyond, cramped,
      requests: requests.filter((url) => !/^(file|data):/.test(url)),
      violations: violations.map(({ id, help, nodes }) => ({
        id, help, nodes: nodes.slice(0, 5).map((node) => node.html.slice(0, 200)),
      })),
    });
    await context.close();
  }
}
await browser.close();
console.log(JSON.stringify(found));
