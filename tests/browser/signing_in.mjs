// A person proves who they are, has a case decided, and keeps the receipt.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { ADDRESS, SERVICE, check, enter, open, paste, press, start, tabTo, toOutcome, write } from "./pages.mjs";

const SESSION = "ordinance-session";

let browser;
before(async () => {
    browser = await start();
});
after(async () => browser.close());

/** Signs in by the pages of the provider, by keyboard, and comes back to the outcome. */
async function signIn(page, name) {
    await press(page, "form[action='/login'] button");
    await check(page);
    await press(page, "main a[role=button]");
    await write(page, "input[name=login]", name);
    await write(page, "input[name=password]", "any");
    await enter(page);
    // What the provider asks for consent on.
    await tabTo(page, "button[type=submit]");
    await page.keyboard.press("Enter");
    await page.waitForURL(`${ADDRESS}/login/callback*`);
    await check(page);
    await press(page, "button[value=continue]");
}

/** The fields of the form that has a case decided. */
async function officialForm(page) {
    const form = page.locator("form", { has: page.locator("button[value=official]") });
    const fields = await form.evaluate((form) => Object.fromEntries(new FormData(form)));
    return { ...fields, action: "official" };
}

for (const [locale, decided, granted] of [["en-GB", "It is decided", "193.00 yuan a month"], ["zh-CN", "已作出决定", "每月193.00元"]]) {
    test(`from the start page to a printed receipt, by keyboard, in ${locale}`, async () => {
        const { page } = await open(browser, { locale, anywhere: true });
        await toOutcome(page);
        // Nobody is signed in: nothing can be decided.
        assert.equal(await page.locator("button[value=official]").count(), 0);
        await signIn(page, "citizen");
        assert.equal(page.url(), SERVICE);
        await check(page);
        const lines = () => readFileSync(`${process.env.LOG}/decisions.ndjson`, "utf8").split("\n").filter(Boolean);
        const before = lines().length;
        await press(page, "button[value=official]");
        await check(page);
        assert.match(await page.title(), new RegExp(`^${decided}`));
        const text = await page.textContent("main");
        assert(text.includes(granted), text);
        assert(await page.locator(".app-qr svg").count());
        // One record, which doesn't say for whom.
        const records = lines();
        assert.equal(records.length, before + 1);
        const record = JSON.parse(records.at(-1));
        // Only other records than those of official decisions name a mode.
        assert.equal(record.mode, undefined);
        assert.equal(record.recipient.kind, "subject");
        assert.equal(record.recipient.id, undefined);
        assert(!records.join().includes("citizen"));
        // The receipt is a file of this page.
        await tabTo(page, "a[download]");
        const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
        const receipt = JSON.parse(readFileSync(await download.path(), "utf8"));
        assert.equal(receipt.id, record.id);
        const request = JSON.parse(receipt.request);
        assert.equal(request.facts.disability_grade, 1);
        assert.match(request.recipient.id, /^person:[0-9a-f]{40}$/);
        // Pasted later it holds; altered it doesn't.
        const later = await page.context().newPage();
        await later.goto(`${ADDRESS}/verify`);
        await check(later);
        await paste(later, "#receipt", JSON.stringify(receipt));
        await press(later, "main form button");
        await check(later);
        assert((await later.textContent("main")).includes(granted));
        const altered = { ...receipt, answer: receipt.answer.replace("193.00", "194.00") };
        // She objects, once, and reads how it stands.
        assert(await later.isVisible("#reason"));
        await press(later, "button[value=object]");
        await check(later);
        assert(await later.isVisible("#reason-error"));
        await write(later, "#reason", "The grade is wrong.");
        await press(later, "button[value=object]");
        await check(later);
        assert(!(await later.isVisible("#reason")));
        assert.equal(lines().length, before + 2);
        await later.goto(`${ADDRESS}/verify`);
        await paste(later, "#receipt", JSON.stringify(altered));
        await press(later, "main form button");
        await check(later);
        assert(await later.isVisible(".govuk-error-message"));
        await later.close();
        // Printed it has the code, and no buttons.
        await page.emulateMedia({ media: "print" });
        assert(!(await page.isVisible("a[download]")));
        assert(await page.isVisible(".app-qr"));
        await page.context().close();
    });
}

test("one press of the button makes one decision, and a session ends", async () => {
    const { page } = await open(browser, { locale: "en-GB", anywhere: true });
    await toOutcome(page);
    await signIn(page, "another");
    const fields = await officialForm(page);
    const send = (form, headers = {}) => page.context().request.post(SERVICE, { form, headers, maxRedirects: 0 });
    const first = await (await send(fields)).text();
    assert(first.includes("It is decided"), first);
    const second = await (await send(fields)).text();
    assert(second.includes("This was decided just now"), second);
    // Of another site, of another session, without a ticket.
    assert.equal((await send({ ...fields, form_token: "x" })).status(), 400);
    assert.equal((await send(fields, { "sec-fetch-site": "cross-site" })).status(), 400);
    for (const ticket of ["", "x", "x.y", fields.ticket.replace(/^./, (first) => (first === "A" ? "B" : "A"))]) {
        assert.equal((await send({ ...fields, ticket })).status(), 400, ticket);
    }
    // A stolen cookie is good for nothing once its owner has signed out.
    const cookies = await page.context().cookies();
    const session = cookies.find((cookie) => cookie.name === SESSION);
    assert(session.httpOnly);
    assert.equal(session.sameSite, "Strict");
    await page.click("form[action='/logout'] button");
    assert.match(await page.textContent("h1"), /You are signed out/);
    const thief = await browser.newContext();
    await thief.addCookies([session]);
    const stolen = await thief.request.post(SERVICE, { form: fields });
    assert(!(await stolen.text()).includes("It is decided"));
    await thief.close();
    await page.context().close();
});

test("who comes back from elsewhere, or without a way there, isn't signed in", async () => {
    const { page } = await open(browser, { locale: "en-GB", anywhere: true });
    for (const query of ["", "?code=x&state=y", "?error=access_denied", "?code=%3Cscript%3E&state="]) {
        const answer = await page.goto(`${ADDRESS}/login/callback${query}`);
        assert.equal(answer.status(), 400, query);
        await check(page);
        assert.match(await page.textContent("h1"), /You are not signed in/);
    }
    // On the way, with the state of another one.
    await toOutcome(page);
    await page.click("form[action='/login'] button");
    const answer = await page.goto(`${ADDRESS}/login/callback?code=x&state=y`);
    assert.equal(answer.status(), 400);
    const request = page.context().request;
    for (const to of ["https://evil.example/", "//evil.example", "/docs/"]) {
        assert.equal((await request.post(`${ADDRESS}/login`, { form: { to } })).status(), 400, to);
    }
    await page.context().close();
});
