/** The first visit: from an empty service to live values, with everything that may go wrong on the way. */

import { accessible, expect, neighbour, settled, test } from "./page";
import { service, type Service } from "./programs";

test.describe.configure({ mode: "serial" });
// A refusal of the service is an error in the console of every browser.
test.use({ tolerated: /Failed to load resource: the server responded with a status of (4\d\d|50\d)/ });

let house: Service;
test.beforeAll(async () => {
  house = await service();
});
test.afterAll(async () => {
  await house.stop();
});

test("leads from the first visit to live values", async ({ page }) => {
  const digest = neighbour("digest");
  const token = neighbour("token");
  await page.route("**/api/v1/discovery*", (route) =>
    route.fulfill({ json: [{ serial: token.serial, name: "envoy", addresses: [token.host], known: false }] }),
  );

  await page.goto(house.url);
  await page.getByText("Français").click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Bonjour.");
  await page.getByText("English").click();
  await accessible(page);
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("button", { name: "Later" }).click();

  await test.step("an address where nobody is", async () => {
    await page.getByLabel("Address").fill("127.0.0.1:9");
    await page.getByRole("button", { name: "Check" }).click();
    await expect(page.getByRole("alert")).toContainText("127.0.0.1:9");
    await accessible(page);
  });

  await test.step("a wrong password", async () => {
    await page.getByLabel("Address").fill(digest.host);
    await page.getByRole("button", { name: "Check" }).click();
    await expect(page.getByRole("heading", { name: digest.serial })).toBeVisible();
    await expect(page.getByText(digest.serial.slice(-6), { exact: false }).last()).toBeVisible();
    await page.getByLabel("Password", { exact: true }).fill("000000x");
    await page.getByRole("button", { name: "Test", exact: true }).click();
    await expect(page.getByRole("alert")).toContainText(/password/i);
    await expect(page.getByRole("alert")).not.toContainText("access.json");
    await accessible(page);
    await page.getByLabel("Password", { exact: true }).fill("");
    await page.getByRole("button", { name: "Test", exact: true }).click();
    await expect(page.getByText("Connection successful.")).toBeVisible();
    await page.getByRole("button", { name: "Another gateway" }).click();
  });

  await test.step("a wrong and an expired token", async () => {
    await page.getByRole("button", { name: "Select" }).click();
    await expect(page.getByRole("link", { name: "entrez.enphaseenergy.com" })).toBeVisible();
    for (const [wrong, said] of [
      ["not a token at all", /token/i],
      [token.foreign, /token/i],
      [token.expired, /expired/i],
    ] as const) {
      await page.getByLabel("Token", { exact: true }).fill(wrong);
      await page.getByRole("button", { name: "Test", exact: true }).click();
      await expect(page.getByRole("alert")).toContainText(said);
    }
    await accessible(page);
  });

  await test.step("the right token", async () => {
    await page.getByLabel("Token", { exact: true }).fill(token.token);
    await page.getByRole("button", { name: "Test", exact: true }).click();
    await expect(page.getByText("Connection successful.")).toBeVisible();
    await expect(page.getByText("Microinverter")).toBeVisible();
    await page.getByRole("button", { name: "Synchronise" }).click();
    await expect(page.getByRole("heading", { name: "All set." })).toBeVisible();
    await accessible(page);
    await page.getByRole("button", { name: "Open overview" }).click();
  });

  await test.step("live values", async () => {
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
    await expect(page.getByRole("button", { name: /Production now: .*k?W/ }).first()).toBeVisible({
      timeout: 30_000,
    });
  });
});

test("adds another gateway, renames, synchronises and removes it", async ({ page }) => {
  await page.goto(`${house.url}#/setup`);
  await settled(page);
  await page.getByRole("button", { name: "Add a gateway" }).click();
  await page.getByLabel("Address").fill(neighbour("digest").host);
  await page.getByRole("button", { name: "Check" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Garage");
  await page.getByRole("button", { name: "Synchronise" }).first().click();
  await page.getByRole("button", { name: "Open overview" }).click();

  const card = page.getByRole("article", { name: "Garage" });
  await card.getByRole("button", { name: "Change" }).click();
  await card.getByLabel("Name").fill("Shed");
  await card.getByRole("button", { name: "Save" }).click();

  const shed = page.getByRole("article", { name: "Shed" });
  await shed.getByRole("button", { name: "Synchronise" }).click();
  await expect(shed.getByText("Synchronised.")).toBeVisible();
  await shed.getByRole("button", { name: "Remove" }).click();
  await shed.getByRole("button", { name: "Yes, remove it" }).click();
  await expect(shed).toHaveCount(0);
});

test("lets in who knows the setup code, then the password", async ({ page }) => {
  const guarded = await service({ HELIOGRAPH_WEB_LOGIN: "always" });
  try {
    await expect.poll(() => guarded.output()).toContain("setup code: ");
    const code = /setup code: (\S+)/.exec(guarded.output())?.[1] ?? "";
    await page.goto(guarded.url);
    await accessible(page);
    await page.getByLabel("Setup code").fill("wrong");
    await page.getByLabel("New password").fill("a long enough password");
    await page.getByRole("button", { name: "Set the password" }).click();
    await expect(page.getByRole("alert")).toContainText("setup code");
    await page.getByLabel("Setup code").fill(code);
    await page.getByRole("button", { name: "Set the password" }).click();
    await expect(page.getByRole("button", { name: "Next" })).toBeVisible();

    await page.context().clearCookies();
    await page.reload();
    await page.getByLabel("Password", { exact: true }).fill("another password");
    await page.getByRole("button", { name: "Log in" }).click();
    await expect(page.getByRole("alert")).toContainText("Incorrect password");
    await page.getByLabel("Password", { exact: true }).fill("a long enough password");
    await page.getByRole("button", { name: "Log in" }).click();
    await expect(page.getByRole("button", { name: "Next" })).toBeVisible();
  } finally {
    await guarded.stop();
  }
});
