import { defineConfig } from "@playwright/test";
import tests from "./playwright.config";

/** The pictures of the documentation, taken from the demonstration on a day in June. */
export default defineConfig({
  ...tests,
  testMatch: "screenshots.ts",
  globalSetup: "./e2e/demonstration.ts",
  workers: 1,
  timeout: 180_000,
});
