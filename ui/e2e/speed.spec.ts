/** How much is loaded at first, and how soon one can use it. */

import { gzipSync } from "node:zlib";
import { choose, expect, test, url } from "./page";

const MOST = 350_000;
const SOON = 1_000;
const VISITS = 8;

test("the first load is small, soon interactive, and does not jump", async ({ page }) => {
  await choose(page, "battery");
  const sizes: Promise<number>[] = [];
  page.on("response", (response) => {
    if (/\.(js|css|html|svg)$|\/$/.test(new URL(response.url()).pathname)) {
      sizes.push(
        response.body().then(
          (body) => gzipSync(body).length,
          () => 0,
        ),
      );
    }
  });
  await page.addInitScript(() => {
    const seen = { jump: 0, moved: [] as string[] };
    Object.assign(window, { seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { value, sources } = entry as PerformanceEntry & { value: number; sources: { node: Node | null }[] };
        seen.jump += value;
        seen.moved.push(...sources.map(({ node }) => (node instanceof Element ? node.outerHTML.slice(0, 90) : "")));
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
  const curve = page.locator("canvas").or(page.getByText("No data yet today."));
  // The machine is warm from the second visit on, as a wall tablet's is.
  await page.goto(url());
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await curve.waitFor();
  const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);

  const times: number[] = [];
  // On a machine that does other things as well, one visit must have been undisturbed.
  for (let visit = 0; visit < VISITS && Math.min(...times) >= SOON; visit += 1) {
    await page.reload();
    await page.getByRole("button", { name: /k?W/ }).first().waitFor();
    times.push(await page.evaluate(() => performance.now()));
  }
  const interactive = Math.min(...times);
  await curve.waitFor();
  const { jump, moved } = await page.evaluate(
    () => (window as unknown as { seen: { jump: number; moved: string[] } }).seen,
  );
  console.log(
    `first load ${Math.round(total / 1000)} kB gzipped, values after ${Math.round(interactive)} ms, layout shift ${jump.toFixed(3)}`,
  );
  expect(total).toBeLessThan(MOST);
  expect(interactive).toBeLessThan(SOON);
  expect(jump, moved.join("\n")).toBeLessThan(0.1);
});
