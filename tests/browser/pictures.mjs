// Writes the pictures of the READMEs.
import { fileURLToPath } from "node:url";

import { enter, open, start, toOutcome } from "./pages.mjs";

const folder = fileURLToPath(new URL("../../host/pictures/", import.meta.url));
const browser = await start();
for (const locale of ["en", "zh"]) {
    const { page } = await open(browser, { locale, viewport: { width: 820, height: 760 } });
    await toOutcome(page);
    await page.screenshot({ path: `${folder}outcome-${locale}.png` });
    await page.context().close();
}
// The law of a service on the console, whose address and key the script gives.
for (const locale of ["en", "zh"]) {
    const { page } = await open(browser, { locale, viewport: { width: 1000, height: 1500 }, anywhere: true });
    await page.goto(`${process.env.CONSOLE}/console?service=disability-care-subsidy`);
    await page.fill("#key", process.env.CONSOLE_KEY);
    await enter(page);
    await page.screenshot({ path: `${folder}console-${locale}.png` });
    await page.context().close();
}
await browser.close();
