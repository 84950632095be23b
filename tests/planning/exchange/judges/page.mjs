// Opens pages in Debian's Chromium and acts on them: node page.mjs PACKAGES OUT JOBS.json
// Answers are one object of JSON; pictures go to OUT.
import fs from "fs";
import path from "path";
import { createRequire } from "module";
const [packages, out, jobs] = process.argv.slice(2);
const { chromium } = createRequire(packages + "/")("playwright-core");
const iwer = fs.readFileSync(path.join(packages, "node_modules/iwer/build/iwer.min.js"), "utf8");
const DEVICE = ";(() => { const kit = globalThis.IWER; new kit.XRDevice(kit.metaQuest3)"
  + ".installRuntime({ forceInstall: true }); })();";
const args = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"];
if (process.getuid && process.getuid() === 0) args.push("--no-sandbox");
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args });

async function until(page, what, times = 300) {
  for (let n = 0; n < times; n++) {
    if (await page.evaluate(what)) return true;
    await page.waitForTimeout(50);
  }
  return false;
}

async function opened(file, { width = 900, height = 600, isTouch = false, hasHeadset = false } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, hasTouch: isTouch });
  const page = await context.newPage(), said = { network: [], errors: [] };
  page.on("request", (one) => { if (!/^(data|blob):/.test(one.url()) && one.url() !== "file://" + file) said.network.push(one.url()); });
  page.on("console", (one) => { if (["error", "warning"].includes(one.type())) said.errors.push(one.text()); });
  page.on("pageerror", (one) => said.errors.push(String(one)));
  if (hasHeadset) await page.addInitScript({ content: iwer + DEVICE });
  await page.goto("file://" + file);
  const isDrawn = await until(page, () => Number(document.documentElement.dataset.drawn) > 0, file.includes("broken") ? 20 : 300);
  await page.evaluate(() => document.fonts.ready);
  return { context, page, said, isDrawn };
}

// What the page shows after all asked-for drawing is done.
async function state(page) {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  return page.evaluate(() => {
    const text = (id) => document.getElementById(id).textContent;
    const spots = {};
    document.querySelectorAll("#names span").forEach((tag) => {
      const line = tag.previousElementSibling;
      const found = /translate\(([-\d.]+)px, ([-\d.]+)px\)/.exec(line.style.transform);
      if (!tag.hidden && found) spots[tag.firstChild.textContent] = [Number(found[1]), Number(found[2])];
    });
    return {
      title: document.title, lang: document.documentElement.lang, dir: document.documentElement.dir,
      code: text("code"), side: text("side"), state: text("state"), notice: text("notice"), foot: text("foot"),
      band: document.getElementById("band").hidden ? "" : text("band"), hidden: text("hidden"),
      edges: ["start", "end", "top", "bottom"].map(text), spots,
      names: [...document.querySelectorAll(".row .name")].map((one) => one.textContent),
      figures: [...document.querySelectorAll(".row .figure")].map((one) => one.textContent),
      chosen: text("chosen"), scaleMm: parseFloat(text("scale")),
      scalePx: document.getElementById("scale").firstElementChild.offsetWidth,
      scripts: document.querySelectorAll("script").length,
      foreign: document.querySelectorAll("#panel img, #panel a, #panel script, #panel iframe, body > img").length,
      isHurt: "isHurt" in window, wide: document.documentElement.scrollWidth, trouble: text("trouble"),
      xr: document.getElementById("xr").hidden ? "" : text("xr"),
    };
  });
}

async function shot(page, name) {
  await state(page);
  await page.locator("#stage").screenshot({ path: path.join(out, name + ".png") });
}

const acts = {
  async look({ file, name, ...options }) {
    const { context, page, said, isDrawn } = await opened(file, options);
    const found = await state(page);
    await page.screenshot({ path: path.join(out, name + ".png") });
    await context.close();
    return { ...said, isDrawn, ...found };
  },
  async mouse({ file, name }) {
    const { context, page, said } = await opened(file), states = {};
    const note = async (step) => { states[step] = await state(page); await shot(page, `${name}-${step}`); };
    await note("first");
    const eye = page.locator(".row", { hasText: "bone" }).locator(".eye");
    await eye.click();
    await note("off");
    await eye.click();
    await note("on");
    await page.locator("#cut .choice button").nth(3).click();
    await note("cut");
    await page.locator("#cut input").fill("250");
    await note("moved");
    await page.locator("#cut .link").click();
    await note("flipped");
    await page.locator("#cut .choice button").nth(0).click();
    await page.locator(".row .name", { hasText: "bone" }).click();
    await note("chosen");
    await page.locator("#chosen input").fill("100");
    await note("solid");
    const box = await page.locator("#view").boundingBox();
    const x = box.x + box.width / 2, y = box.y + box.height / 2;
    for (const key of ["a", "p", "l", "r", "h", "f"]) { await page.locator("#view").press(key); await note(key); }
    await page.locator("#view").press("a");
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 120, y, { steps: 4 });
    await page.mouse.up();
    await note("turned");
    await page.mouse.wheel(0, -400);
    await note("near");
    await page.locator("#view").press("0");
    await note("whole");
    await context.close();
    return { ...said, states };
  },
  async touch({ file, name }) {
    const { context, page, said } = await opened(file, { width: 390, height: 844, isTouch: true });
    const line = await context.newCDPSession(page), box = await page.locator("#view").boundingBox();
    const x = box.x + box.width / 2, y = box.y + box.height / 2;
    const touch = (type, ...spots) => line.send("Input.dispatchTouchEvent", { type, touchPoints: spots.map(([a, b], id) => ({ x: a, y: b, id })) });
    const states = { first: await state(page) };
    await touch("touchStart", [x - 30, y], [x + 30, y]);
    for (let n = 1; n <= 6; n++) await touch("touchMove", [x - 30 - 5 * n, y], [x + 30 + 5 * n, y]);
    await touch("touchEnd");
    states.pinched = await state(page);
    await touch("touchStart", [x, y]);
    for (let n = 1; n <= 6; n++) await touch("touchMove", [x + 15 * n, y]);
    await touch("touchEnd");
    states.turned = await state(page);
    await page.locator(".row .eye").first().tap();
    for (let n = 0; n < 100 && !(await state(page)).hidden; n++) await page.waitForTimeout(20);
    states.tapped = await state(page);
    await shot(page, name);
    await context.close();
    return { ...said, states };
  },
  async headset({ file, name }) {
    const { context, page, said } = await opened(file, { hasHeadset: true });
    await until(page, () => !document.getElementById("xr").hidden);
    const before = await state(page);
    await page.locator("#xr").click();
    const asked = await page.locator("#ask p").textContent();
    await page.locator("#ask button").first().click();
    const isDeclined = !(await page.evaluate(() => document.documentElement.dataset.headsetFrames));
    await page.locator("#xr").click();
    await page.locator("#ask .filled").click();
    const isIn = await until(page, () => Number(document.documentElement.dataset.headsetFrames) > 5);
    await page.screenshot({ path: path.join(out, name + ".png") });
    const frames = await page.evaluate(() => Number(document.documentElement.dataset.headsetFrames));
    await context.close();
    return { ...said, before, asked, isDeclined, isIn, frames };
  },
};

const answers = {};
for (const job of JSON.parse(fs.readFileSync(jobs, "utf8"))) answers[job.name] = await acts[job.act](job);
await browser.close();
console.log(JSON.stringify(answers));
