/** How much is loaded at first, and how soon one can use it. */

import { gzipSync } from "node:zlib";
import { choose, expect, test, url } from "./page";

const MOST = 350_000;
const SOON = 1_000;

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
    const seen = { jump: 0 };
    Object.assign(window, { seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.jump += (entry as PerformanceEntry & { value: number }).value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  // The machine is warm from the second visit on, as a wall tablet's is.
  await page.goto(url());
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await page.locator("canvas").first().waitFor();
  const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);

  await page.reload();
  await page.getByRole("button", { name: /k?W/ }).first().waitFor();
  const [interactive = 0, jump = 0] = await page.evaluate(() => [
    performance.now(),
    (window as unknown as { seen: { jump: number } }).seen.jump,
  ]);
  test.info().annotations.push({
    type: "figures",
    description: `${total} bytes gzipped, ${Math.round(interactive)} ms, shift ${jump}`,
  });
  console.log(
    `first load ${Math.round(total / 1000)} kB gzipped, values after ${Math.round(interactive)} ms, layout shift ${jump.toFixed(3)}`,
  );
  expect(total).toBeLessThan(MOST);
  expect(interactive).toBeLessThan(process.env["CI"] === "true" ? 3 * SOON : SOON);
  expect(jump).toBeLessThan(0.1);
});
