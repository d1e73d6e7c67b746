// The journey of an official who reads a review before a vote: pages that are files, by keyboard, in both languages.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";

import { check, open, start, tabTo } from "./pages.mjs";

const REPORTS = process.env.REPORTS;
const RULE = "CN-36/disability-care-subsidy";
const address = (file) => pathToFileURL(`${REPORTS}/${file}`).href;

let browser;
before(async () => {
    browser = await start();
});
after(async () => browser.close());

/** Follows the link of the contents to a part of the page, by keyboard from the start of the page. */
async function goTo(page, id) {
    await page.keyboard.press("Control+Home");
    await page.evaluate(() => document.activeElement.blur());
    await tabTo(page, `a[href='#${id}']`);
    await page.keyboard.press("Enter");
    assert.equal(new URL(page.url()).hash, `#${id}`);
    assert(await page.locator(`#${id}`).isVisible());
}

const WORDS = {
    zh: { fails: "有一项检查未通过", differ: (changed, all) => `${all}人中有${changed}人的结果改变。`, expected: "每月120.00元" },
    en: { fails: "One check fails", differ: (changed, all) => `${changed} of ${all} people get a different outcome.`, expected: "120.00 yuan a month" },
};

for (const [language, width] of [["zh", 1000], ["zh", 320], ["en", 1000], ["en", 320]]) {
    test(`an official reads a review, by keyboard, in ${language} at ${width} pixels`, async () => {
        const { page, faults } = await open(browser, { viewport: { width, height: 800 } });
        const summary = JSON.parse(readFileSync(`${REPORTS}/review-${language}/summary.json`, "utf8"));
        await page.goto(address(`review-${language}/report.html`));
        await check(page);
        // The first stop of the keyboard leads past the header.
        await page.keyboard.press("Tab");
        await page.keyboard.press("Enter");
        assert.equal(await page.evaluate(() => document.activeElement.id), "main");
        // What is read first: whether it holds, and for how many something changes, as in the file for machines.
        assert.equal(summary.failures, 1);
        assert.equal(await page.textContent(".govuk-panel__title"), WORDS[language].fails);
        const { same, ...changed } = summary.impact.all.people;
        const count = Object.values(changed).reduce((sum, each) => sum + each, 0);
        assert((await page.textContent(".app-panel")).includes(WORDS[language].differ(count, count + same)));
        await goTo(page, "summary");
        // What fails is open, and the next stop is its rule.
        await goTo(page, "fails");
        await page.keyboard.press("Tab");
        assert(await page.evaluate((rule) => document.activeElement.closest(`details[open][data-rule='${rule}']`), RULE));
        assert((await page.textContent(`details[data-rule='${RULE}']`)).includes(WORDS[language].expected));
        await goTo(page, "gains");
        assert.equal(await page.locator("svg[role=img]").count(), await page.locator("svg[role=img] > title").count());
        // What passes is folded, and unfolds by keyboard.
        await goTo(page, "holds");
        assert.equal(await page.locator("#holds ~ details[open]").count(), 0);
        await tabTo(page, "#holds ~ details > summary");
        await page.keyboard.press("Enter");
        assert.equal(await page.locator("#holds ~ details[open]").count(), 1);
        await check(page);
        // On paper nothing is folded.
        await page.emulateMedia({ media: "print" });
        const hidden = page.locator("details.app-folded:not([open]) > table").last();
        assert((await hidden.boundingBox()).height > 0);
        assert.deepEqual(faults, []);
        await page.context().close();
    });
}

test("every other report in both languages", async () => {
    const files = ["first/report.html", "without-people/report.html", "tests-zh.html", "tests-en.html", "impact/impact.html"];
    for (const width of [1000, 320]) {
        const { page, faults } = await open(browser, { viewport: { width, height: 800 } });
        for (const file of files) {
            await page.goto(address(file));
            await check(page);
        }
        assert.deepEqual(faults, []);
        await page.context().close();
    }
});
