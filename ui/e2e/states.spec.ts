/** What is seldom or missing looks right: no battery, no consumption CT, night, one panel, many, three phases, failures. */

import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { accessible, choose, expect, fits, neighbour, settled, test, url } from "./page";

interface Values {
  now: number;
  gateways: { gateway: string; condition: object }[];
}

/** Somebody on this machine who is spoken to: gives the port, and what ends it. */
async function listen(heard: RequestListener): Promise<[number, () => void]> {
  const server = createServer(heard);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return [(server.address() as AddressInfo).port, () => void server.close()];
}

test.use({ viewport: { width: 1280, height: 860 } });

test("a gateway without meters has a house that is not measured, with the reason at a touch", async ({ page }) => {
  await choose(page, "plain");
  await page.goto(url());
  await expect(page.getByText("not measured").first()).toBeVisible();
  await page
    .getByRole("button", { name: /Consumption now/ })
    .first()
    .click();
  await expect(page.getByRole("dialog")).toContainText("No value");
  await accessible(page);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(page.locator(".tree")).toBeVisible();
  await expect(page.getByRole("link", { name: "Batteries" })).toHaveCount(0);
});

test("without a consumption CT only the sun is told", async ({ page }) => {
  await choose(page, "unmetered house");
  await page.goto(url());
  await expect(page.locator("h1")).toContainText("Producing");
});

test("at night the moon shines and the panels sleep", async ({ page }) => {
  await choose(page, "night");
  await page.goto(url());
  await expect(page.locator("h1")).toContainText("Night");
  await expect(page.locator(".moon")).toBeVisible();
});

test("each of three phases has its column", async ({ page }) => {
  await choose(page, "three phases");
  await page.goto(`${url()}#/meters`);
  for (const phase of ["L1", "L2", "L3"])
    await expect(page.getByRole("columnheader", { name: phase }).first()).toBeVisible();
});

for (const [name, count] of [
  ["one panel", 1],
  ["many panels", 120],
] as const) {
  test(`${name} fit the roof`, async ({ page }) => {
    await choose(page, name);
    for (const viewport of [
      { width: 1280, height: 860 },
      { width: 390, height: 844 },
    ]) {
      await page.setViewportSize(viewport);
      await page.goto(`${url()}#/panels`);
      await expect(page.locator(".tile")).toHaveCount(count);
      await fits(page);
    }
    await expect(page.locator("h1")).toContainText(count === 1 ? "1 panel," : "120 panels,");
  });
}

test("panels are arranged by mouse and by keyboard, and stay where they were put", async ({ page }) => {
  await choose(page, "battery");
  await page.goto(`${url()}#/panels`);
  await page.getByRole("button", { name: "Arrange" }).click();
  const tile = page.locator(".tile").first();
  const before = (await tile.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await page.mouse.move(before.x + 10, before.y + 10);
  await page.mouse.down();
  await page.mouse.move(before.x + 10, before.y + 10 + 3.2 * before.height, { steps: 6 });
  await page.mouse.up();
  const after = await tile.boundingBox();
  expect((after?.y ?? 0) - before.y).toBeGreaterThan(2.5 * before.height);
  await tile.focus();
  const saved = page.waitForRequest((request) => request.method() === "PUT" && request.url().endsWith("/layout"));
  await page.keyboard.press("ArrowRight");
  expect(((await tile.boundingBox())?.x ?? 0) - (after?.x ?? 0)).toBeGreaterThan(5);
  await saved;
  await page.getByRole("button", { name: "Another roof" }).click();
  await accessible(page);
  await page.getByRole("button", { name: "Done" }).click();
});

test("a view begins at its top", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await choose(page, "many panels");
  await page.goto(`${url()}#/panels`);
  await page.locator("tbody a").last().click();
  await settled(page);
  await expect(page.locator("main")).toBeFocused();
  expect(await page.evaluate(() => scrollY)).toBe(0);
});

test("the replay leaves the present and comes back to it", async ({ page }) => {
  await choose(page, "battery");
  await page.goto(`${url()}#/panels`);
  const slider = page.getByRole("slider");
  await slider.press("Home");
  await expect(page.locator("output")).not.toHaveText("Now");
  await slider.press("End");
  await expect(page.locator("output")).toHaveText("Now");
});

test("one panel tells everything it knows", async ({ page }) => {
  await choose(page, "battery");
  await page.goto(`${url()}#/panels`);
  await page.locator(".tile").first().click();
  await settled(page);
  await expect(page.getByText("No problem with this panel.")).toBeVisible();
  await expect(page.getByText("Max power", { exact: true })).toBeVisible();
});

test("a question is asked once, and the page stays readable while it is asked again", async ({ page }) => {
  await page.clock.install();
  await choose(page, "battery");
  let asked = 0;
  let held = false;
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route("**/api/v1/history*", async (route) => {
    asked += 1;
    if (held) await released;
    await route.continue();
  });
  await page.goto(url());
  await settled(page);
  await page.clock.runFor(20_000);
  // Today and yesterday; and again where five minutes were just full.
  expect(asked).toBeLessThanOrEqual(4);

  held = true;
  await page.clock.runFor(300_000);
  await expect(page.locator("main .running")).toBeVisible();
  await accessible(page);
  release();
  await settled(page);
});

test("one may look closer at a part of the day, and finds the way back", async ({ page }) => {
  await choose(page, "battery");
  await page.route("**/api/v1/history?*", (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get("from"));
    const at = Array.from({ length: 100 }, (_, index) => from + 300 * index);
    const curve = { key: "production_power", label: "Production", unit: "W", at, value: at.map((_, index) => index) };
    return route.fulfill({ json: { curves: [{ series: "system.production_power", id: "", ...curve }] } });
  });
  await page.goto(`${url()}#/history`);
  await settled(page);
  const whole = page.getByRole("button", { name: "The whole day" });
  await page.getByRole("button", { name: "Zoom in" }).press("Enter");
  await page.getByRole("group", { name: "Zoom" }).getByRole("button", { name: "Later" }).press("Enter");
  await accessible(page);
  await whole.press("Enter");
  await expect(whole).toHaveCount(0);

  await page.locator("canvas").first().dblclick();
  await expect(whole).toBeVisible();
  await page.locator("canvas").first().dblclick();
  await expect(whole).toHaveCount(0);
});

test("history can be downloaded and compared", async ({ page }) => {
  await choose(page, "battery");
  await page.goto(`${url()}#/history?period=month`);
  await settled(page);
  await page.getByLabel("Compare with previous period").check();
  await settled(page);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "CSV" }).click();
  expect((await download).suggestedFilename()).toMatch(/\.csv$/);
});

test("settings are changed, and refused with the reason", async ({ page }) => {
  await page.goto(`${url()}#/settings`);
  await page.getByLabel(/Name of the installation/).fill("Under the lime tree");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  await page.goto(`${url()}#/overview`);
  await expect(page.getByText("Under the lime tree")).toBeVisible();
});

test("notifications are tried out: a message to every address, and a dry run", async ({ page }) => {
  const heard: string[] = [];
  const [port, close] = await listen((request, answer) => {
    request.on("data", (chunk: Buffer) => heard.push(chunk.toString()));
    request.on("end", () => answer.writeHead(204).end());
  });
  try {
    await page.goto(`${url()}#/settings`);
    await page.getByText("Notifications", { exact: true }).click();
    await page.getByLabel(/Where messages go/).fill(`http://127.0.0.1:${port}/told`);
    await expect(page.getByRole("button", { name: "Send a test" })).toBeDisabled();
    await page.getByLabel("battery hot").uncheck();
    await page.getByRole("button", { name: "Save changes" }).click();
    await expect(page.getByText("Saved.")).toBeVisible();
    await expect(page.getByLabel(/Where messages go/)).toHaveAttribute("placeholder", "set; type to replace");
    await page.getByRole("button", { name: "Send a test" }).click();
    await expect(page.getByText("1. http: message accepted")).toBeVisible();
    expect(heard.join("")).toContain("Heliograph");

    await page.getByRole("button", { name: "Preview" }).click();
    await expect(
      page.getByRole("heading", { name: /Nothing would have been told|recorded|would have been sent/ }),
    ).toBeVisible();
    await expect(page.getByLabel("battery hot")).not.toBeChecked();
    await accessible(page);
  } finally {
    close();
  }
});

test("a dry run shows every message word for word", async ({ page }) => {
  const message = {
    gateway: "1",
    rule: "panel_weak",
    at: 1_790_000_000,
    title: "Roof: a panel is weak",
    text: "It gives 40 %.",
  };
  const run = {
    state: "done",
    start: 0,
    end: 0,
    started: 0,
    done: 30,
    total: 30,
    since: 1,
    messages: [
      { ...message, state: "begun" },
      { ...message, state: "over", at: message.at + 3600, title: "Roof: the panel is well again" },
    ],
  };
  await page.route("**/api/v1/notifications/dry-run", (route) => route.fulfill({ json: run }));
  await page.goto(`${url()}#/settings`);
  await page.getByText("Notifications", { exact: true }).click();
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(
    page.getByRole("heading", { name: "2 messages would have been sent in the last 30 days." }),
  ).toBeVisible();
  await expect(page.getByText("Roof: the panel is well again")).toBeVisible();
  await accessible(page);
});

test("a damaged history is told with its file and what can be done, in the reader's language", async ({ page }) => {
  const sentences: Record<string, string> = {
    en: "The history file was damaged; it was set aside as history.db.damaged-1 in /data, and a new one was begun.",
    fr: "Le fichier de l’historique était endommagé ; il a été mis de côté sous history.db.damaged-1 dans /data.",
  };
  await page.route("**/api/v1/health", (route) => {
    const problem = sentences[route.request().headers()["accept-language"] ?? ""];
    return route.fulfill({
      json: { ok: false, parts: [{ name: "damaged history", ok: false, details: {}, problem }] },
    });
  });
  await page.goto(url());
  const notice = page.getByRole("status").filter({ hasText: "history.db.damaged-1" });
  await expect(notice).toHaveText(sentences.en ?? "");
  await accessible(page);
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 860 });
    await fits(page);
  }
  await page.unroute("**/api/v1/health");
  await page.reload();
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await expect(notice).toHaveCount(0);
});

test("an API key is made, shown once, and removed", async ({ page }) => {
  await page.goto(`${url()}#/settings`);
  await page.getByLabel("What it is for").fill("Jeedom");
  await page.getByRole("button", { name: "Create key" }).click();
  await expect(page.getByText("it is shown only once")).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Remove key Jeedom" }).click();
  await expect(page.getByText("No keys yet.")).toBeVisible();
});

test.describe("when things fail", () => {
  test.use({ tolerated: /Failed to load resource|ERR_/ });

  test("a lost connection is plainly shown, and found again", async ({ page }) => {
    await choose(page, "battery");
    await page.route("**/api/v1/stream", (route) => route.abort());
    await page.goto(url());
    await expect(page.getByRole("alert")).toContainText("Heliograph is not responding");
    await page.unroute("**/api/v1/stream");
    await page.getByRole("button", { name: "Try now" }).click();
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
    await expect(page.getByRole("alert")).toHaveCount(0);
  });

  test("the stream goes on where it broke off", async ({ page }) => {
    const values = (await (await fetch(`${url()}/api/v1/values`)).json()) as object;
    await page.route(
      "**/api/v1/stream",
      (route) =>
        route.fulfill({
          contentType: "text/event-stream",
          body: `id: broken-1\nevent: state\ndata: ${JSON.stringify(values)}\n\n`,
        }),
      { times: 1 },
    );
    const resumed = page.waitForRequest((one) => one.headers()["last-event-id"] === "broken-1");
    await page.goto(url());
    await resumed;
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
  });

  test("a question that fails can be asked again", async ({ page }) => {
    await page.route("**/api/v1/energy*", (route) =>
      route.fulfill({ status: 500, json: { code: "unexpected", detail: "It broke." } }),
    );
    await page.goto(`${url()}#/history`);
    await expect(page.getByText("It broke.")).toBeVisible();
    await page.unroute("**/api/v1/energy*");
    await page.getByRole("button", { name: "Try again" }).click();
    await settled(page);
    await expect(page.getByText("It broke.")).toHaveCount(0);
  });

  test("a service that does not answer is waited for", async ({ page }) => {
    await page.route("**/api/v1/session", (route) => route.abort());
    await page.goto(url());
    await expect(page.getByRole("alert")).toContainText("Is the service running?");
    await page.unroute("**/api/v1/session");
    await page.getByRole("button", { name: "Try again" }).click();
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
  });

  test("a gateway that is away says so, beside its last values", async ({ page }) => {
    const { serial } = neighbour("battery");
    const values = (await (await fetch(`${url()}/api/v1/values`)).json()) as Values;
    const away = {
      state: "away",
      text: "away",
      since: values.now - 900,
      problem: { code: "x", text: "Nobody answers." },
    };
    const gateways = values.gateways.map((one) => (one.gateway === serial ? { ...one, condition: away } : one));
    // A stream that stays open: a page that is told something is a page that is connected.
    const [port, close] = await listen((_, answer) => {
      answer.writeHead(200, { "Content-Type": "text/event-stream" });
      answer.write(`id: x-1\nevent: state\ndata: ${JSON.stringify({ ...values, gateways })}\n\n`);
    });
    await page.route("**/api/v1/stream", (route) => route.continue({ url: `http://127.0.0.1:${port}/` }));
    await choose(page, "battery");
    await page.goto(url());
    await expect(page.getByRole("alert")).toContainText("offline since");
    await expect(page.getByRole("alert")).toContainText("Nobody answers.");
    await expect(page.getByRole("button", { name: /Production now: .*W/ }).first()).toBeVisible();
    await page.close();
    close();
  });
});
