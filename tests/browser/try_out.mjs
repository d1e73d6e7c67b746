// The try-out: the rules in the page give what the host gives, and no answer leaves the page.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { after, before, test } from "node:test";

import { parse } from "smol-toml";

import { ADDRESS, SERVICE, check, open, start } from "./pages.mjs";

const { RULEBOOK } = process.env;
/** The most bytes of one layer: a component with the module that calls it, packed. */
const LAYER_BYTES_MAX = 40_000;

let browser;
before(async () => {
    browser = await start();
});
after(async () => browser.close());

const index = JSON.parse(readFileSync(`${RULEBOOK}/index.json`, "utf8"));

for (const [locale, width] of [["zh-CN", 1000], ["en-GB", 320]]) {
    test(`a person in Zhifu tries it out in the page, in ${locale} at ${width} pixels`, async () => {
        const { page, faults } = await open(browser, { locale, viewport: { width, height: 800 } });
        await page.goto(SERVICE);
        await page.click("a[href$='/try-out']");
        await page.waitForSelector("form[novalidate]");
        await check(page);
        // From the first question on, nothing is asked of anybody.
        const asked = [];
        page.on("request", (request) => asked.push(request.url()));
        const answers = { disability_grade: "1", needs_long_term_care: "yes" };
        while (await page.locator("form[novalidate]").count()) {
            const question = await page.locator("input[name=question]").first().getAttribute("value");
            await page.check(`input[value="${answers[question] ?? "no"}"]`);
            await page.click("button[value=next]");
            await page.waitForFunction(
                (before) => document.querySelector("input[name=question]")?.value !== before,
                question,
            );
            await check(page);
        }
        const amount = locale === "zh-CN" ? "每月193.00元" : "193.00 yuan a month";
        assert.equal((await page.textContent(".app-panel__grant")).trim(), amount);
        assert.match(await page.textContent("main"), locale === "zh-CN" ? /这不是决定/ : /This is no decision/);
        assert.equal(await page.locator("button[value=official], button[value=elsewhere]").count(), 0);
        await page.click("button[value=what-if]");
        await page.waitForSelector("button[value=continue]");
        await check(page);
        // The other language, with the answers kept.
        await page.click(`header [lang=${locale === "zh-CN" ? "en" : "zh"}]`);
        await page.waitForSelector(`html[lang=${locale === "zh-CN" ? "en" : "zh"}]`);
        assert.deepEqual(asked, []);
        assert.equal(page.url(), `${SERVICE}/try-out`);
        assert.deepEqual(faults, []);
        await page.context().close();
    });
}

test("an answer that doesn't fit is explained in the page, and a missing rule fails its level", async () => {
    const { page } = await open(browser, { locale: "en-GB" });
    await page.goto(`${SERVICE}/try-out`);
    await page.waitForSelector("form[novalidate]");
    await page.click("button[value=next]");
    await page.waitForSelector(".govuk-error-summary");
    await check(page);
    const [answer] = await page.evaluate(
        (asked) => globalThis.tryOut(asked, [{ asOf: "2026-03-01", facts: { disability_grade: 1 } }]),
        { place: "CN-370602", service: "disability-care-subsidy", rules: ["0".repeat(64)] },
    );
    assert.notEqual(answer.outcome, "eligible");
    await page.context().close();
});

test("a rule that doesn't end is ended with its worker, and the page says so", async () => {
    const { page } = await open(browser, { locale: "en-GB" });
    await page.goto(`${SERVICE}/try-out`);
    await page.waitForSelector("form[novalidate]");
    // The module of the engine is replaced by one that never answers a step.
    await page.route("**/try-out/engine/*.js", (route) =>
        route.fulfill({
            contentType: "text/javascript",
            headers: { "content-security-policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'" },
            body: "export const instantiate = () => ({ open() {}, step() { for (;;); }, decide() { for (;;); } });",
        }),
    );
    const answers = await page.evaluate(
        (asked) => globalThis.tryOut(asked, [{ asOf: "2026-03-01", facts: {} }]),
        { place: "CN-370602", service: "disability-care-subsidy", rules: [] },
    );
    assert.deepEqual(answers, [{ error: "slow" }]);
    await page.check("input[type=radio] >> nth=0");
    await page.click("button[value=next]");
    await page.waitForSelector("[data-failure]");
    assert.match(await page.textContent("[data-failure]"), /took too long/);
    await check(page);
    await page.context().close();
});

test("the page may send no form, and only its worker may run WebAssembly", async () => {
    const of = async (address) => (await fetch(address)).headers.get("content-security-policy") ?? "";
    const policy = await of(`${SERVICE}/try-out`);
    assert.match(policy, /form-action 'none'/);
    assert(!policy.includes("wasm-unsafe-eval"));
    const text = await (await fetch(`${SERVICE}/try-out`)).text();
    const worker = text.match(/data-worker="([^"]+)"/)[1];
    assert.match(await of(ADDRESS + worker), /'wasm-unsafe-eval'/);
    assert(!(await of(SERVICE)).includes("script-src"));
    assert.equal((await fetch(`${ADDRESS}/try-out/rules/..%2f..%2fhost.js`)).status, 404);
    assert.equal((await fetch(`${ADDRESS}/try-out/law/${"0".repeat(64)}.json`)).status, 404);
    assert.equal((await fetch(`${ADDRESS}/places/CN-999999/services/disability-care-subsidy/try-out`)).status, 404);
});

/** The cases of the rulebook by place and service. */
function casesOfRulebook() {
    const files = JSON.parse(readFileSync(`${RULEBOOK}/cases.json`, "utf8"));
    const services = new Set(index.rules.map((rule) => rule.service).filter(Boolean));
    const found = new Map();
    for (const [path, text] of Object.entries(files)) {
        const [place, service] = path.split("/");
        if (!services.has(service)) continue;
        for (const one of parse(text).cases) {
            const key = `${one.jurisdiction ?? place} ${service}`;
            found.set(key, [...(found.get(key) ?? []), { ...one, path }]);
        }
    }
    return found;
}

const day = (written) => (written === undefined ? undefined : String(written.toISOString?.() ?? written).slice(0, 10));

/** Facts as JSON: numbers of TOML keep their text, days are texts. */
function facts(value) {
    if (typeof value === "bigint" || value instanceof Date) return value instanceof Date ? day(value) : Number(value);
    if (Array.isArray(value)) return value.map(facts);
    if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, facts(of)]));
    return value;
}

/** What both answers are compared by. */
const compared = ({ outcome, grant, layers }) => ({
    outcome,
    grant: grant ?? null,
    layers: layers.map(({ jurisdiction, status, findings, violations }) => ({
        jurisdiction,
        status,
        findings: (findings ?? []).map(({ criterion, item, satisfied }) => ({ criterion, item: item ?? null, satisfied })),
        violations: (violations ?? []).map(({ subject, bound }) => ({ subject, bound })),
    })),
});

test("outcome, grant, findings and violations equal the host's simulation for every case of plugins/", async () => {
    const { page } = await open(browser, { locale: "en-GB" });
    await page.goto(`${SERVICE}/try-out`);
    await page.waitForSelector("form[novalidate]");
    let count = 0;
    for (const [key, cases] of casesOfRulebook()) {
        const [place, service] = key.split(" ");
        const rules = index.rules.filter((rule) => !rule.shadow && (!rule.service || rule.service === service));
        const digests = rules.map((rule) => rule.state.built).filter(Boolean);
        const asked = cases.map((one) => ({ asOf: day(one.as_of), knownAt: day(one.known_at), facts: facts(one.facts) }));
        const replies = [];
        for (const [at, one] of asked.entries()) {
            const recipient = { kind: "portal", id: "visitors-of-the-portal" };
            const { asOf: as_of, knownAt: known_at } = one;
            const body = { jurisdiction: place, service, as_of, known_at, facts: one.facts, mode: "simulation", recipient };
            const headers = { "content-type": "application/json" };
            const response = await fetch(`${ADDRESS}/v1/decisions`, { method: "POST", headers, body: JSON.stringify(body) });
            replies.push(await response.json());
            assert.equal(response.status, 200, `${cases[at].path} "${cases[at].name}": ${JSON.stringify(replies[at])}`);
            // It may be another day there than in the page's own place.
            one.knownAt = replies[at].known_at;
        }
        const answers = await page.evaluate(
            ([asked, cases]) => globalThis.tryOut(asked, cases),
            [{ place, service, rules: digests }, asked],
        );
        for (const [at, host] of replies.entries()) {
            assert.deepEqual(answers[at].error, undefined, `${cases[at].path} "${cases[at].name}"`);
            assert.deepEqual(compared(answers[at]), compared(host), `${cases[at].path} "${cases[at].name}" in ${place}`);
            count += 1;
        }
    }
    console.log(`${count} cases are decided alike by the page and by the host`);
    assert(count > 500, `${count} cases`);
    await page.context().close();
});

test("no layer has more than 40 kB packed", async () => {
    let largest = 0;
    for (const { state } of index.rules.filter((rule) => rule.state.built && !rule.shadow)) {
        let bytes = 0;
        for (const kind of ["js", "wasm"]) {
            const packed = readFileSync(`${process.env.TRY_OUT}/rules/${state.built}.${kind}.gz`);
            assert(gunzipSync(packed).length > 0);
            bytes += packed.length;
        }
        largest = Math.max(largest, bytes);
    }
    console.log(`the largest layer has ${largest} bytes`);
    assert(largest <= LAYER_BYTES_MAX, `${largest} bytes`);
});
