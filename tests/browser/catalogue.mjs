// Uses a catalogue as readers do and prints, as JSON, every check with what went wrong.
// Usage: node catalogue.mjs SITE-ADDRESS FOREIGN-PAGE-ADDRESS [FOLDER FOR PICTURES]
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import assert from "node:assert/strict";
import { start } from "./chromium.mjs";

const [site, foreign, pictures] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8");
const browser = await start();
const own = [new URL(site).host, new URL(foreign).host];
const results = [];

const PAGES = [
  "index.html", "list/all/index.html", "agents/confluent/index.html",
  "agents/confluent/tools/produce-message.html", "agents/hostile/index.html", "tools/index.html",
  "tools/write/index.html", "threats/index.html", "threats/TH-L1-01/index.html", "layers/index.html",
  "layers/L3/index.html", "compare/index.html?a=confluent&b=weather", "changes/index.html",
  "bands/critical/index.html", "agents/confluent/card.html",
];

const open = async (options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.faults = [];
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) page.faults.push(message.text()); });
  page.on("pageerror", (fault) => page.faults.push(String(fault)));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && !own.includes(url.host)) page.faults.push(`foreign request: ${url}`);
  });
  page.on("response", (answer) => { if (answer.status() >= 400) page.faults.push(`${answer.status()} ${answer.url()}`); });
  return page;
};

const check = async (name, run, options = {}) => {
  const page = await open(options);
  let fault = "";
  try { await run(page); } catch (error) { fault = String(error?.message ?? error).slice(0, 1500); }
  results.push({ name, fault: [fault, ...page.faults].filter(Boolean).join("\n") });
  await page.context().close();
};

const rows = (page) => page.locator("#list tbody tr");
const names = (page) => page.locator("#list tbody th a").allTextContents();
const scores = async (page) => (await page.locator("#list tbody td.num b").allTextContents()).map(Number);
const settled = (page, text) => page.waitForFunction((words) => document.getElementById("status").textContent.includes(words), text);

await check("search finds by words in any order", async (page) => {
  await page.goto(`${site}index.html`);
  await page.fill("#q", "server confluent");
  await settled(page, " of ");
  const found = await names(page);
  assert.ok(found.length >= 1 && found.length < 12, String(found));
  assert.ok(found.every((name) => /confluent/i.test(name)), String(found));
  assert.match(page.url(), /\?q=server\+confluent/);
});

await check("a search can be shared by its address", async (page) => {
  await page.goto(`${site}index.html?q=weather&sort=name`);
  await settled(page, "1 of ");
  assert.deepEqual(await names(page), ["Weather tool"]);
  assert.equal(await page.inputValue("#q"), "weather");
});

await check("a search without a hit says so", async (page) => {
  await page.goto(`${site}index.html`);
  await page.fill("#q", "zzzz");
  await settled(page, "No agent fits");
  assert.equal(await rows(page).count(), 0);
});

await check("filters narrow, combine and can be taken back", async (page) => {
  await page.goto(`${site}index.html`);
  const all = await rows(page).count();
  const kind = page.locator('[data-facet="kind"][data-value="mcp-server"]');
  const total = Number(await kind.locator("xpath=..").locator(".n").textContent());
  await kind.click();
  await settled(page, " of ");
  assert.equal(await rows(page).count(), total);
  assert.equal(await kind.getAttribute("aria-pressed"), "true");
  const critical = page.locator('[data-facet="band"][data-value="Critical"]');
  const both = Number(await critical.locator("xpath=..").locator(".n").textContent());
  await critical.click();
  await page.waitForFunction((n) => document.querySelectorAll("#list tbody tr").length === n, both);
  assert.ok((await page.locator("#list tbody .sev").allTextContents()).every((word) => word === "Critical"));
  await critical.click();
  await kind.click();
  await page.waitForFunction((n) => document.querySelectorAll("#list tbody tr").length === n, all);
});

await check("the order follows the choice", async (page) => {
  await page.goto(`${site}index.html`);
  await page.selectOption("#sort", "low");
  await settled(page, " of ");
  const rising = await scores(page);
  assert.deepEqual(rising, [...rising].sort((a, b) => a - b));
  await page.selectOption("#sort", "name");
  await page.waitForFunction(() => location.search.includes("sort=name"));
  const listed = await names(page);
  assert.deepEqual(listed, [...listed].sort((a, b) => a.toLowerCase().localeCompare(b.toLowerCase())));
});

await check("three agents at most are picked and compared", async (page) => {
  await page.goto(`${site}index.html`);
  for (let n = 0; n < 4; n++) await page.locator(".pick").nth(n).click();
  assert.equal(await page.locator(".pick:checked").count(), 3);
  await page.click("#compare");
  await page.waitForSelector(".versus");
  assert.equal(await page.locator(".versus thead th").count(), 3);
  await page.goBack();
});

await check("comparing shows what only one has", async (page) => {
  await page.goto(`${site}compare/index.html?a=confluent&b=weather`);
  await page.waitForSelector(".versus");
  const heads = await page.locator(".versus thead th").allTextContents();
  assert.deepEqual(heads, ["Confluent MCP server", "Weather tool"]);
  assert.ok(await page.locator(".versus tbody tr").count() > 25);
  await page.fill("#b", "");
  await page.locator("#b").dispatchEvent("change");
  await settled(page, "Choose a second agent");
});

await check("copy gives the whole policy", async (page) => {
  await page.goto(`${site}agents/confluent/index.html`);
  await page.click('[data-copy="policy-text"]');
  await page.waitForFunction(() => document.querySelector('[data-copy="policy-text"]').textContent === "Copied");
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(copied.replaceAll("\r\n", "\n"), await page.locator("#policy-text").textContent());
  assert.ok(JSON.parse(copied).version);
}, { permissions: ["clipboard-read", "clipboard-write"] });

await check("copy works without the clipboard interface", async (page) => {
  await page.addInitScript(() => { Object.defineProperty(navigator, "clipboard", { value: undefined }); });
  await page.goto(`${site}agents/confluent/index.html`);
  await page.locator("summary", { hasText: /^Badge$/ }).click();
  await page.click('[data-copy="t-badge"]');
  await page.waitForFunction(() => document.querySelector('[data-copy="t-badge"]').textContent === "Copied");
});

await check("the format switch shows the other policy and its file", async (page) => {
  await page.goto(`${site}agents/confluent/index.html`);
  const before = await page.locator("#policy-text").textContent();
  await page.locator("#formats a", { hasText: "Intercept" }).click();
  await page.waitForFunction((text) => document.getElementById("policy-text").textContent !== text, before);
  assert.match(await page.locator("#policy-says").textContent(), /^Intercept/);
  assert.match(await page.locator("#policy-file").getAttribute("href"), /policies\/intercept\.yaml$/);
});

await check("tools are found by what they do", async (page) => {
  await page.goto(`${site}tools/index.html`);
  await page.fill("#q", "produce confluent");
  await page.waitForSelector("#list tbody tr");
  await page.locator("#list tbody th a").first().click();
  await page.waitForSelector("h1");
  assert.match(await page.locator("h1").textContent(), /produce-message/);
});

await check("snippets know the address of the site", async (page) => {
  await page.goto(`${site}agents/confluent/index.html`);
  const text = await page.locator("#t-markdown").textContent();
  assert.ok(text.includes(`${site}agents/confluent/badge.svg`), text);
});

await check("the web component shows the cards of several agents in a foreign page", async (page) => {
  await page.goto(foreign);
  for (const [agent, name] of [["confluent", /Confluent MCP server/], ["weather", /Weather tool/]]) {
    const card = page.locator(`aivss-score[agent="${agent}"]`).frameLocator("iframe");
    assert.match(await card.locator("h1").textContent(), name);
    assert.notEqual(await card.locator(".n").evaluate((one) => getComputedStyle(one).left), "auto");
  }
  await page.locator('aivss-score[agent="confluent"]').frameLocator("iframe").locator("a").click();
  await page.waitForURL(`${site}agents/confluent/index.html`);
});

await check("the card shows in a frame and leads to the rationale", async (page) => {
  await page.goto(foreign);
  const frame = page.frameLocator("main > iframe");
  assert.match(await frame.locator("h1").textContent(), /Confluent MCP server/);
  const needle = await frame.locator(".n").evaluate((one) => getComputedStyle(one).left);
  assert.notEqual(needle, "auto");
  await frame.locator("a").click();
  await page.waitForURL(`${site}agents/confluent/index.html`);
});

await check("everything can be read without scripts", async (page) => {
  await page.goto(`${site}index.html`);
  assert.equal(await page.locator("#bar").isVisible(), false);
  assert.ok(await rows(page).count() > 5);
  await page.locator('[data-facet="band"]').first().click();
  assert.match(page.url(), /bands\/\w+\/index\.html$/);
  await rows(page).count();
  await page.locator("table.list tbody th a").first().click();
  assert.match(page.url(), /agents\/[^/]+\/index\.html$/);
  assert.ok(await page.locator("#policy-text").count() + await page.locator(".factors tbody tr").count() > 9);
  assert.equal(await page.locator("[data-copy]:visible").count(), 0);
  await page.locator("#tools ~ details a").first().click();
  assert.match(page.url(), /tools\/[^/]+\.html$/);
  await page.goto(`${site}agents/confluent/index.html`);
  const download = page.waitForEvent("download");
  await page.locator("#formats a", { hasText: "Intercept" }).click();
  assert.equal((await download).suggestedFilename(), "intercept.yaml");
}, { javaScriptEnabled: false });

await check("the keyboard alone is enough", async (page) => {
  await page.goto(`${site}index.html`);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("Enter");
  const reach = async (selector) => {
    for (let n = 0; n < 80; n++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate((s) => document.activeElement.matches(s), selector)) return;
    }
    throw new Error(`${selector} cannot be reached`);
  };
  await reach('[data-facet="kind"][data-value="mcp-server"]');
  await page.keyboard.press("Space");
  await settled(page, " of ");
  await reach("#q");
  await page.keyboard.type("confluent");
  await page.waitForFunction(() => location.search.includes("confluent"));
  await reach(".pick");
  await page.keyboard.press("Space");
  assert.equal(await page.locator("#basket").isVisible(), true);
  await reach("#list th a");
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.notEqual(outline, "none");
  await page.keyboard.press("Enter");
  await page.waitForURL(/agents\//);
  await reach("summary");
  const before = await page.locator("details[open]").count();
  await page.keyboard.press("Enter");
  assert.notEqual(await page.locator("details[open]").count(), before);
});

await check("an assessment that goes stale after the build says so", async (page) => {
  await page.clock.setFixedTime(new Date("2039-01-01"));
  await page.goto(`${site}agents/weather/index.html`);
  assert.match(await page.locator(".notice").first().textContent(), /stale/);
});

await check("the first load of the home page is small", async (page) => {
  let bytes = 0;
  page.on("response", async (answer) => { bytes += (await answer.body()).length; });
  await page.goto(`${site}index.html`, { waitUntil: "networkidle" });
  assert.ok(bytes < 300_000, `${bytes} bytes`);
});

for (const [look, options] of Object.entries({
  light: {}, dark: { colorScheme: "dark" }, phone: { viewport: { width: 360, height: 740 } },
})) {
  for (const path of PAGES) {
    await check(`${path} is sound, ${look}`, async (page) => {
      await page.goto(site + path, { waitUntil: "networkidle" });
      if (pictures) await page.screenshot({ path: `${pictures}/${look}-${path.replace(/[^\w]+/g, "-")}.png`, fullPage: true });
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run(document, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      }));
      const told = violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
      assert.deepEqual(told, []);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${wide} pixels too wide: ${await page.evaluate(() => [...document.querySelectorAll("body *")]
        .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".scroll, pre"))
        .slice(0, 3).map((one) => one.outerHTML.slice(0, 120)).join(" | "))}`);
      if (look === "dark") {
        const [r, g, b] = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor.match(/\d+/g).map(Number));
        if (!path.endsWith("card.html")) assert.ok(r + g + b < 120);
      }
    }, options);
  }
}

await browser.close();
console.log(JSON.stringify(results));
