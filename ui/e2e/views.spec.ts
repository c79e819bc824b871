/** Every view in both languages, both themes, on phone, wall tablet and desktop: nothing in the console, nothing serious for axe. */

import { accessible, choose, expect, fits, settled, test, url, VIEWS } from "./page";

const SIZES = {
  phone: { width: 390, height: 844 },
  tablet: { width: 1180, height: 820 },
  desktop: { width: 1440, height: 900 },
};
const HEADINGS = { fr: /Passerelles/, en: /Gateways/ };

for (const language of ["fr", "en"] as const) {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      test.describe(`${language}, ${colorScheme}, ${size}`, () => {
        test.use({ locale: language === "fr" ? "fr-FR" : "en-GB", colorScheme, viewport });

        test("every view", async ({ page }) => {
          await choose(page, "battery");
          await page.goto(url());
          for (const view of VIEWS) {
            await page.goto(`${url()}#/${view}`);
            await settled(page);
            if (view === "setup") await expect(page.locator("h1")).toHaveText(HEADINGS[language]);
            await fits(page);
            await accessible(page);
          }
          await expect(page.locator("html")).toHaveAttribute("lang", language);
          await expect(page.locator("html")).toHaveAttribute("data-theme", colorScheme);
        });
      });
    }
  }
}
