import { defineConfig } from "@playwright/test";

/** The page in a real browser, against the real service and emulated gateways. */
export default defineConfig({
  testDir: "e2e",
  testMatch: "*.spec.ts",
  globalSetup: "./e2e/street.ts",
  fullyParallel: true,
  workers: 2,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: [["list"]],
  forbidOnly: process.env["CI"] === "true",
  use: {
    browserName: "chromium",
    launchOptions: {
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    },
    locale: "en-GB",
    // A colour that is fading in has not its contrast yet.
    contextOptions: { reducedMotion: "reduce" },
    trace: "off",
  },
});
