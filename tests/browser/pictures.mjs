// Writes the pictures of the READMEs.
import { fileURLToPath } from "node:url";

import { open, start, toOutcome } from "./pages.mjs";

const folder = fileURLToPath(new URL("../../host/pictures/", import.meta.url));
const browser = await start();
for (const locale of ["en", "zh"]) {
    const { page } = await open(browser, { locale, viewport: { width: 820, height: 760 } });
    await toOutcome(page);
    await page.screenshot({ path: `${folder}outcome-${locale}.png` });
    await page.context().close();
}
await browser.close();
