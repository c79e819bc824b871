/** What all tests of the page share: a page that fails the test when its console says anything bad. */

import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";
import type { Neighbour } from "./programs";

export const VIEWS = ["overview", "history", "panels", "batteries", "meters", "findings", "setup", "settings"] as const;

export const url = () => process.env["HELIOGRAPH_URL"] ?? "";
export const street = () => JSON.parse(process.env["HELIOGRAPH_STREET"] ?? "[]") as Neighbour[];

export function neighbour(name: string): Neighbour {
  const found = street().find((one) => one.name === name);
  if (found === undefined) throw new Error(`nobody is called ${name}`);
  return found;
}

interface Fixtures {
  /** Console messages that a test provokes itself. */
  tolerated: RegExp | undefined;
}

export const test = base.extend<Fixtures>({
  tolerated: [undefined, { option: true }],
  page: async ({ page, tolerated }, use) => {
    const complaints: string[] = [];
    const complain = (text: string) => {
      if (tolerated?.test(text) !== true) complaints.push(text);
    };
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complain(message.text());
    });
    page.on("pageerror", (error) => complain(error.message));
    page.on("request", (request) => {
      const { host, protocol } = new URL(request.url());
      if (protocol.startsWith("http") && !host.startsWith("127.0.0.1")) complain(`external request: ${request.url()}`);
    });
    await use(page);
    expect(complaints).toEqual([]);
  },
});

export { expect };

/** Look at one gateway of the street. */
export async function choose(page: Page, name: string): Promise<void> {
  const { serial } = neighbour(name);
  await page.addInitScript((chosen) => localStorage.setItem("heliograph.gateway", chosen), serial);
}

/** Wait until a view shows what it has to show. */
export async function settled(page: Page, timeout = 60_000): Promise<void> {
  await page.locator("h1").first().waitFor();
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0, { timeout });
}

/** No element reaches out of the window sideways. */
export async function fits(page: Page): Promise<void> {
  const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(inner).toBeLessThanOrEqual(outer ?? 0);
}

export async function accessible(page: Page): Promise<void> {
  // The page has no frames of other origins, which the slower mode is for.
  const axe = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ["violations"] });
  const { violations } = await axe.analyze();
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`)).toEqual([]);
}
