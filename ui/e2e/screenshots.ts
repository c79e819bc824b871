/** The pictures of the documentation. */

import { join } from "node:path";
import type { Page } from "@playwright/test";
import { settled, test, url } from "./page";
import { ROOT } from "./programs";

const FOLDER = join(ROOT, "docs/images");
const DESKTOP = { width: 1180, height: 1060 };
const PHONE = { width: 390, height: 844 };

interface Picture {
  name: string;
  at: string;
  dark?: boolean;
  phone?: boolean;
  /** Taken in English only. */
  once?: boolean;
  prepare?: (page: Page) => Promise<void>;
}

const PICTURES: Picture[] = [
  { name: "overview", at: "overview" },
  { name: "overview-dark", at: "overview", dark: true, once: true },
  { name: "phone", at: "overview", phone: true, dark: true },
  { name: "history-day", at: "history?period=day&compare=1", once: true },
  { name: "history-month", at: "history?period=month" },
  {
    name: "panels",
    at: "panels",
    prepare: async (page) => {
      const slider = page.getByRole("slider");
      await slider.fill(String(Math.round(Number(await slider.getAttribute("max")) * 0.9)));
      await slider.blur();
    },
  },
  {
    name: "panel",
    at: "panels",
    dark: true,
    once: true,
    prepare: async (page) => {
      await page.locator(".tile").first().click();
      await page.locator("canvas").waitFor();
    },
  },
  { name: "batteries", at: "batteries", once: true },
];

/** Charts draw themselves in; the house is alive at any moment. */
const DRAWN = 1200;

for (const language of ["en", "fr"] as const) {
  const pictures = PICTURES.filter(({ once }) => language === "en" || once !== true);
  for (const { name, at, dark = false, phone = false, prepare } of pictures) {
    test.describe(`${name} in ${language}`, () => {
      test.use({
        locale: language === "fr" ? "fr-FR" : "en-GB",
        colorScheme: dark ? "dark" : "light",
        viewport: phone ? PHONE : DESKTOP,
      });

      test("picture", async ({ page }) => {
        await page.goto(`${url()}#/${at}`);
        await settled(page);
        await prepare?.(page);
        await settled(page);
        await page.waitForTimeout(DRAWN);
        await page.screenshot({ path: join(FOLDER, `${name}.${language}.png`) });
      });
    });
  }
}
