// The try-out: the rules in the page give what the host gives, and no answer leaves the page.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { after, before, test } from "node:test";

import { parse } from "smol-toml";

import { ADDRESS, SERVICE, check, open, start } from "./pages.mjs";

const { RULEBOOK } = process.env;
/** The most bytes of one rule: a component with the module that calls it, packed. */
const RULE_BYTES_MAX = 40_000;

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

test("an answer that doesn't fit is explained in the page; a second visit and a double click do no harm", async () => {
    const { page, faults } = await open(browser, { locale: "en-GB" });
    // A browser asks for a page again that it has, and takes the policy from the answer.
    for (let visits = 0; visits < 2; visits += 1) {
        await page.goto(`${SERVICE}/try-out`);
        await page.waitForSelector("form[novalidate]");
    }
    await page.click("button[value=next]");
    await page.waitForSelector(".govuk-error-summary");
    await check(page);
    const question = await page.locator("input[name=question]").first().getAttribute("value");
    await page.check("input[type=radio] >> nth=0");
    await page.dblclick("button[value=next]");
    await page.waitForFunction(
        (before) => document.querySelector("input[name=question]")?.value !== before,
        question,
    );
    assert.equal(await page.locator("[data-failure]").count(), 0);
    assert.deepEqual(faults, []);
    await page.context().close();
});

test("a rule that the page lacks fails its level", async () => {
    const { page } = await open(browser, { locale: "en-GB" });
    const yantai = index.rules.filter((rule) => rule.jurisdiction === "CN-3706" && rule.service).map((rule) => rule.state.built);
    await page.route("**/try-out/law/*.json", async (route) => {
        const law = await (await route.fetch()).json();
        for (const digest of yantai) delete law.rules[digest];
        await route.fulfill({ json: law });
    });
    await page.goto(`${SERVICE}/try-out`);
    await page.waitForSelector("form[novalidate], .govuk-panel");
    const facts = { disability_grade: 1, needs_long_term_care: true, work_injury_care_payment: false };
    const [answer] = await page.evaluate((facts) => globalThis.tryOut({}, [{ asOf: "2026-03-01", facts }]), facts);
    assert.equal(answer.layers.find(({ jurisdiction }) => jurisdiction === "CN-3706").status, "failed");
    assert.equal(answer.layers.find(({ jurisdiction }) => jurisdiction === "CN").status, "applied");
    await page.context().close();
});

test("a rule that doesn't end is ended with its worker, and the page says so", async () => {
    const { page } = await open(browser, { locale: "en-GB" });
    await page.route("**/try-out/rules/*.js", (route) =>
        route.fulfill({
            contentType: "text/javascript",
            body: `export const parts = {};
                const endless = () => { for (;;); };
                export const instantiate = () => ({ determine: endless, ruleOn: endless });`,
        }),
    );
    await page.goto(`${SERVICE}/try-out`);
    await page.waitForSelector("[data-failure]");
    assert.match(await page.textContent("[data-failure]"), /took too long/);
    await check(page);
    await page.unroute("**/try-out/rules/*.js");
    await page.click("[data-failure] button");
    await page.waitForSelector("form[novalidate]");
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

/** Facts as JSON; days are texts. */
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
            ([other, cases]) => globalThis.tryOut(other, cases),
            [{ place, service, rules: digests, broken: [] }, asked],
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

test("the rules that the page names are those of the levels and of privacy law", async () => {
    const text = await (await fetch(`${SERVICE}/try-out`)).text();
    const named = text.match(/data-rules="([^"]*)"/)[1].split(" ");
    const today = text.match(/data-today="([^"]*)"/)[1];
    const chain = ["CN", "CN-37", "CN-3706", "CN-370602"];
    const applies = (rule) =>
        chain.includes(rule.jurisdiction) &&
        (rule.service ?? "disability-care-subsidy") === "disability-care-subsidy" &&
        !rule.shadow && rule.from <= today && (!rule.until || today < rule.until);
    assert.deepEqual(named.toSorted(), index.rules.filter(applies).map((rule) => rule.state.built).toSorted());
});

test("no rule has more than 40 kB packed", async () => {
    const [name] = readdirSync(`${process.env.TRY_OUT}/law`);
    const law = JSON.parse(gunzipSync(readFileSync(`${process.env.TRY_OUT}/law/${name}`)));
    let largest = 0;
    for (const [digest, { script }] of Object.entries(law.rules)) {
        const packed = [`${script}.js`, `${digest}.wasm`].map((file) => readFileSync(`${process.env.TRY_OUT}/rules/${file}.gz`));
        largest = Math.max(largest, packed.reduce((bytes, file) => bytes + file.length, 0));
    }
    assert(Object.keys(law.rules).length > 50);
    console.log(`the largest rule has ${largest} bytes`);
    assert(largest <= RULE_BYTES_MAX, `${largest} bytes`);
});
