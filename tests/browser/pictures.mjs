// Writes the pictures of the READMEs.
import { fileURLToPath } from "node:url";

import { ADDRESS, open, start } from "./pages.mjs";

const folder = fileURLToPath(new URL("../../host/pictures/", import.meta.url));
const browser = await start();
for (const locale of ["en", "zh"]) {
    const { page } = await open(browser, { locale, viewport: { width: 820, height: 760 } });
    await page.goto(`${ADDRESS}/places/CN-370602/services/disability-care-subsidy`);
    await page.click("button[value=start]");
    while (await page.locator("form[novalidate]").count()) {
        const name = await page.locator("input[name=question]").first().getAttribute("value");
        if (name === "disability_grade") await page.check("input[value='1']");
        else await page.check(name === "needs_long_term_care" ? "input[value=yes]" : "input[value=no]");
        await page.click("button[value=next]");
    }
    await page.screenshot({ path: `${folder}outcome-${locale}.png` });
    await page.context().close();
}
await browser.close();
