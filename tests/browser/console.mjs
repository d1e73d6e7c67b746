// The journeys of supervisors through the console of a host.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ADDRESS, check, choose, enter, open, paste, press, start, tabTo, write } from "./pages.mjs";

let browser;
before(async () => {
    browser = await start();
});
after(async () => browser.close());

/** Opens a page of the console as a supervisor does who isn't signed in yet, by keyboard. */
async function signIn(page, path, checks = check) {
    await page.goto(ADDRESS + path);
    assert.match(page.url(), /\/console\/sign-in/);
    await checks(page);
    await write(page, "#key", process.env.CONSOLE_KEY);
    await enter(page);
    assert.equal(page.url(), ADDRESS + path);
}

/** An official decision in Yantai, with its receipt. */
async function decide() {
    const facts = {
        disability_grade: 1,
        needs_long_term_care: true,
        work_injury_care_payment: false,
        destitute_support: false,
        draws_elderly_care_subsidy: false,
    };
    const request = { jurisdiction: "CN-3706", service: "disability-care-subsidy", as_of: "2026-03-01", facts, receipt: true };
    const headers = { "content-type": "application/json" };
    const reply = await fetch(`${ADDRESS}/v1/decisions`, { method: "POST", headers, body: JSON.stringify(request) });
    assert.equal(reply.status, 200);
    return reply.json();
}

for (const [locale, javaScriptEnabled, width] of [["en-GB", true, 1000], ["zh-CN", false, 320]]) {
    test(`a supervisor finds a broken county and its reason, by keyboard, in ${locale} at ${width} pixels`, async () => {
        const { page, faults } = await open(browser, { locale, javaScriptEnabled, viewport: { width, height: 800 } });
        // axe-core needs scripts.
        const checked = async () => javaScriptEnabled && check(page);
        await signIn(page, "/console", checked);
        await checked();
        await choose(page, "#service", "county-income-tax");
        await press(page, "form:has(#service) button");
        assert.match(page.url(), /county-income-tax/);
        await checked();
        // What has to be acted on stands before the map, with its reason, and the branch of the tree is open.
        const fault = page.locator("main table tbody tr").first();
        assert.match(await fault.textContent(), /Allegany.*its digest is not its name/s);
        assert(await page.locator(".app-tree a[href^='/console/places/US-MD-001']").isVisible());
        await press(page, "main table a[href^='/console/places/US-MD-001']");
        await checked();
        assert.match(await page.textContent("main"), /its digest is not its name/);
        await press(page, "main table a[href*='/console/rules/']");
        assert.match(await page.textContent("h1"), /county-income-tax@/);
        await checked();
        // The way back is above the page.
        await press(page, ".govuk-breadcrumbs a");
        assert.match(page.url(), /\/console\/places\/US-MD-001/);
        assert.deepEqual(faults, []);
        await page.context().close();
    });
}

test("an auditor follows a receipt, by keyboard", async () => {
    const decision = await decide();
    const { page, faults } = await open(browser, { locale: "en-GB" });
    await signIn(page, "/console/decisions");
    await check(page);
    await paste(page, "#receipt", JSON.stringify(decision.receipt));
    await press(page, "form:has(#receipt) button.govuk-button");
    await check(page);
    const said = await page.textContent("main");
    for (const words of ["The receipt holds", "China", "Shandong", "Yantai", "eligible"]) assert(said.includes(words), words);
    // By its number it is the same chain; a wrong number says so.
    await press(page, "header a[href='/console/decisions']");
    await write(page, "#id", decision.id);
    await enter(page);
    await check(page);
    assert.equal(await page.locator("#chain g").count(), 4);
    await press(page, "header a[href='/console/decisions']");
    await write(page, "#id", "1");
    await enter(page);
    await check(page);
    assert.match(await page.textContent(".govuk-error-message"), /This is no number of a decision/);
    // To the rule of a level, and out.
    await write(page, "#id", decision.id);
    await enter(page);
    await press(page, "main table a[href*='/console/rules/']");
    await check(page);
    await press(page, "header form button");
    await check(page);
    await page.goto(`${ADDRESS}/console`);
    assert.match(page.url(), /\/console\/sign-in/);
    assert.deepEqual(faults.filter((fault) => !fault.includes("404")), []);
    await page.context().close();
});

test("the slider names a day on which the law changes, and the button goes there", async () => {
    const { page, faults } = await open(browser, { locale: "en-GB" });
    await signIn(page, "/console?service=disability-care-subsidy");
    const slider = page.locator("input[type=range]");
    assert(await slider.isVisible());
    await slider.focus();
    const before = page.url();
    await page.keyboard.press("Home");
    const first = await page.getAttribute("datalist option:first-child", "data-day");
    assert.equal(await page.inputValue("#on"), first);
    // No setting of the slider loads another page by itself.
    assert.equal(page.url(), before);
    // The button stands before the slider.
    await tabTo(page, "form[data-days] button", "Shift+Tab");
    await enter(page);
    assert.equal(new URL(page.url()).searchParams.get("on"), first);
    await check(page);
    assert.deepEqual(faults, []);
    await page.context().close();
});

test("every kind of page in both languages", async () => {
    const care = "/console?service=disability-care-subsidy";
    const paths = [
        care,
        `${care}&by=amount`,
        `${care}&on=1900-01-01`,
        `${care}&within=CN-37`,
        "/console?service=county-income-tax",
        "/console/places/CN-3706",
        "/console/places/US-MD",
        "/console/places/XX",
        "/console/places/CN?on=2026-02-30",
        "/console/rules/CN-3706:disability-care-subsidy@1.0.0",
        "/console/rules/CN:personal-information@1.0.0",
        "/console/decisions",
        "/console/activity",
        "/console/revisions",
        "/console/search",
        "/console/search?q=yantai",
        "/console/search?q=x%3Cy",
    ];
    for (const locale of ["zh-CN", "en-GB"]) {
        const { page } = await open(browser, { locale, viewport: { width: 320, height: 800 } });
        await signIn(page, "/console");
        for (const path of paths) {
            await page.goto(ADDRESS + path);
            await check(page);
        }
        await page.context().close();
    }
});
