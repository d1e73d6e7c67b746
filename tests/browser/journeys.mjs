// The journeys of people through the pages of a host.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ADDRESS, check, enter, open, press, start, tabTo, write } from "./pages.mjs";

let browser;
before(async () => {
    browser = await start();
});
after(async () => browser.close());

/** Answers each question until there is an outcome. `answers` gives the answer to a question by its name. */
async function answer(page, answers, each = async () => {}) {
    const given = (name, isText) => answers(name) ?? (isText ? "0" : "yes");
    for (let asked = 0; asked < 40; asked += 1) {
        const question = page.locator("input[name=question]").first();
        if (!(await page.locator("form[novalidate]").count())) return;
        const name = await question.getAttribute("value");
        const isText = (await page.locator("input[type=radio]").count()) === 0;
        const value = given(name.replace(/\[\d+\]/, "[]"), isText);
        await each(page);
        if (await page.locator("input[type=radio]").count()) {
            // Radio buttons are one stop of the keyboard; the arrows choose.
            await tabTo(page, "input[type=radio]");
            const values = await page.locator("input[type=radio]").evaluateAll((inputs) => inputs.map((input) => input.value));
            for (let down = 0; down < values.indexOf(value); down += 1) await page.keyboard.press("ArrowDown");
            if (values.indexOf(value) === 0) await page.keyboard.press("Space");
        } else {
            await tabTo(page, "input[type=text]");
            await page.keyboard.type(value);
        }
        await enter(page);
    }
    assert.fail("the questions never end");
}

const ZHIFU = {
    disability_grade: "1",
    needs_long_term_care: "yes",
    work_injury_care_payment: "no",
    destitute_support: "no",
    draws_elderly_care_subsidy: "no",
};

for (const [locale, javaScriptEnabled, width] of [["zh-CN", true, 1000], ["en-GB", true, 320]]) {
    test(`a person in Zhifu, by keyboard, in ${locale} at ${width} pixels`, async () => {
        const { page, faults } = await open(browser, { locale, javaScriptEnabled, viewport: { width, height: 800 } });
        await page.goto(ADDRESS);
        await check(page);
        // The first stop of the keyboard leads past the header.
        await page.keyboard.press("Tab");
        await page.keyboard.press("Enter");
        assert.equal(await page.evaluate(() => document.activeElement.id), "main");
        await tabTo(page, "#q");
        await page.keyboard.type("zf");
        await enter(page);
        await check(page);
        await tabTo(page, "a[href='/places/CN-370602']");
        await enter(page);
        await check(page);
        await tabTo(page, "a[href$='disability-care-subsidy']");
        await enter(page);
        await check(page);
        await tabTo(page, "button[value=start]");
        await enter(page);
        await answer(page, (name) => ZHIFU[name], check);
        await check(page);
        const amount = locale === "zh-CN" ? "每月193.00元" : "193.00 yuan a month";
        assert.equal((await page.textContent(".app-panel__grant")).trim(), amount);
        // Nothing of the person is in the address.
        assert.equal(page.url(), `${ADDRESS}/places/CN-370602/services/disability-care-subsidy`);
        for (const action of ["what-if", "elsewhere"]) {
            await tabTo(page, `button[value=${action}]`);
            await enter(page);
            await check(page);
            await tabTo(page, "button[value=continue]");
            await enter(page);
        }
        // The other language, with the answers kept.
        await tabTo(page, "button[value=continue][lang]");
        await enter(page);
        await check(page);
        const other = locale === "zh-CN" ? "193.00 yuan a month" : "每月193.00元";
        assert.equal((await page.textContent(".app-panel__grant")).trim(), other);
        assert.deepEqual(faults, []);
        await page.context().close();
    });
}

test("a household in Tennessee, by keyboard: wrong answers, back, change, another state", async () => {
    const { page, faults } = await open(browser, { locale: "en-US" });
    await page.goto(`${ADDRESS}/services/cash-assistance`);
    await check(page);
    await write(page, "#q", "tennessee");
    await enter(page);
    await press(page, "a[href='/places/US-TN/services/cash-assistance']");
    await check(page);
    await press(page, "button[value=start]");
    // Without an answer the page says what is wrong, and the link leads to the field.
    await press(page, "button[value=next]");
    await check(page);
    assert.match(await page.title(), /^Error: /);
    await tabTo(page, ".govuk-error-summary a");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "answer");
    const answers = { household_size: "3", earned_income: "5000", unearned_income: "0", liquid_assets: "100" };
    await answer(page, (name) => answers[name]);
    assert.match(await page.textContent("h1"), /not eligible/);
    await check(page);
    // A lower income turns it.
    await press(page, "button[value='change:earned_income']");
    await write(page, "#answer", "200");
    await press(page, "button[value=next]");
    await answer(page, (name) => answers[name]);
    assert.match(await page.textContent(".app-panel__grant"), /US dollars a month/);
    await press(page, "button[value=elsewhere]");
    await check(page);
    assert.match(await page.textContent("main"), /Florida/);
    assert.deepEqual(faults, []);
    await page.context().close();
});

test("without scripts everything works, and a dead link says so", async () => {
    const { page, faults } = await open(browser, { locale: "zh-CN", javaScriptEnabled: false });
    await page.goto(`${ADDRESS}/places/CN-370602/services/disability-care-subsidy`);
    await page.click("button[value=start]");
    for (let asked = 0; asked < 5; asked += 1) {
        const name = await page.locator("input[name=question]").first().getAttribute("value");
        const value = ZHIFU[name];
        await page.check(`input[value='${value}']`);
        await page.click("button[value=next]");
    }
    assert.equal((await page.textContent(".app-panel__grant")).trim(), "每月193.00元");
    const missing = await page.goto(`${ADDRESS}/places/XX`);
    assert.equal(missing.status(), 404);
    assert.match(await page.textContent("h1"), /没有这个页面/);
    assert.deepEqual(faults.filter((fault) => !fault.includes("404")), []);
    await page.context().close();
});

test("every kind of page in both languages", async () => {
    const paths = ["/", "/places", "/places?q=x%3Cy", "/places?q=1", "/places/CN", "/places/US-MD", "/places/XX", "/services/old-age-allowance", "/verify"];
    const services = ["/places/CN-3301/services/minimum-living-allowance", "/places/NZ/services/rates-rebate", "/places/US-FL/services/cash-assistance"];
    for (const locale of ["zh-CN", "en-GB"]) {
        const { page } = await open(browser, { locale, viewport: { width: 320, height: 800 } });
        for (const path of [...paths, ...services]) {
            await page.goto(ADDRESS + path);
            await check(page);
        }
        await page.context().close();
    }
});
