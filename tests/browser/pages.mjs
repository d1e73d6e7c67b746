// What the journeys share: the browser, and the check of a page.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { chromium } from "playwright-core";

export const ADDRESS = process.env.ADDRESS;
export const SERVICE = `${ADDRESS}/places/CN-370602/services/disability-care-subsidy`;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

/** Starts the browser, which asks no host but the one under test. */
export async function start() {
    assert(executablePath, "no Chromium: install Debian's package chromium");
    const quiet = ["--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
    return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--no-first-run", ...quiet] });
}

/**
 * Opens a page of a person; what goes wrong on it fails the test that looks at `faults`. Unless the person may go
 * `anywhere`, asking another host is a fault. A page that is a file may only be that file.
 */
export async function open(browser, { anywhere = false, ...options }) {
    const context = await browser.newContext({ viewport: { width: 1000, height: 800 }, bypassCSP: false, ...options });
    const page = await context.newPage();
    const faults = [];
    page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
    page.on("pageerror", (error) => faults.push(String(error)));
    const isAllowed = (url) => anywhere || [ADDRESS, "data:", "file:"].some((prefix) => url.startsWith(prefix));
    page.on("request", (request) => isAllowed(request.url()) || faults.push(`asked ${request.url()}`));
    return { page, faults };
}

/** Fails if axe-core finds anything, if the page is wider than the screen, or if its language isn't said. */
export async function check(page) {
    const language = await page.getAttribute("html", "lang");
    assert.match(language, /^(zh|en)$/);
    const width = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert(width <= 0, `${page.url()} is ${width} pixels wider than the screen`);
    // The policy of the pages lets no script in; evaluating isn't loading one.
    await page.evaluate(axe);
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const found = await page.evaluate((tags) => axe.run(document, { runOnly: { type: "tag", values: tags } }), tags);
    const words = found.violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => node.html).join("\n  ")}`);
    assert.deepEqual(words, [], `${page.url()} (${language})`);
}

/** Goes on with the keyboard, or back, until the focus is on what fits, and fails if it never is. */
export async function tabTo(page, selector, key = "Tab") {
    for (let presses = 0; presses < 60; presses += 1) {
        await page.keyboard.press(key);
        if (await page.evaluate((selector) => document.activeElement.matches(selector), selector)) return;
    }
    assert.fail(`the keyboard never gets to ${selector} on ${page.url()}`);
}

/** Presses Enter, and waits for the next page. */
export async function enter(page) {
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
}

/** Goes to a link or a button by keyboard, presses it, and waits for the next page. */
export async function press(page, selector) {
    await tabTo(page, selector);
    await enter(page);
}

/** Goes to a field by keyboard and writes in the place of what stands there. */
export async function write(page, selector, text) {
    await tabTo(page, selector);
    await page.keyboard.press("Control+A");
    await page.keyboard.type(text);
}

/** Goes to a field by keyboard and pastes a long text, which would take a minute to type. */
export async function paste(page, selector, text) {
    await tabTo(page, selector);
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText(text);
}

/** Goes to a list by keyboard and chooses the entry with a value by the arrows. */
export async function choose(page, selector, value) {
    await tabTo(page, selector);
    await page.keyboard.press("Home");
    for (let presses = 0; (await page.inputValue(selector)) !== value; presses += 1) {
        assert(presses < 100, `${selector} has no ${value}`);
        await page.keyboard.press("ArrowDown");
    }
}

/** Answers the questions of a person in Zhifu. */
export async function toOutcome(page) {
    await page.goto(SERVICE);
    await page.click("button[value=start]");
    while (await page.locator("form[novalidate]").count()) {
        const name = await page.locator("input[name=question]").first().getAttribute("value");
        if (name === "disability_grade") await page.check("input[value='1']");
        else await page.check(name === "needs_long_term_care" ? "input[value=yes]" : "input[value=no]");
        await page.click("button[value=next]");
    }
}
