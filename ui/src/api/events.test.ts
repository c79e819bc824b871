import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { EventParser, EventStream, pause, type Message } from "./events";

it("reads messages however they are cut", () => {
  const parser = new EventParser();
  const text = 'retry: 3000\nid: a-1\nevent: state\ndata: {"a":\ndata: 1}\n\n: alive\n\nid: a-2\ndata: x\n\n';
  const messages = [...text].flatMap((letter) => parser.take(letter));
  expect(messages).toEqual([
    { id: "a-1", event: "state", data: '{"a":\n1}' },
    { id: "a-2", event: "message", data: "x" },
  ]);
});

it("waits longer after each failure, but not for ever", () => {
  expect([1, 2, 3, 4, 10].map(pause)).toEqual([1000, 2000, 4000, 8000, 20_000]);
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("goes on after the last event that was heard", async () => {
  const asked: string[] = [];
  const heard: Message[] = [];
  const connected: boolean[] = [];
  const stream = new EventStream({
    open: (_, last) => {
      asked.push(last);
      return Promise.resolve(new Response(`id: boot-${asked.length}\nevent: values\ndata: {}\n\n`));
    },
    onMessage: (message) => heard.push(message),
    onConnected: (now) => connected.push(now),
  });
  await vi.advanceTimersByTimeAsync(1500);
  stream.close();
  expect(asked).toEqual(["", "boot-1"]);
  expect(heard.map((message) => message.id)).toEqual(["boot-1", "boot-2"]);
  expect(connected).toEqual([true, false, true, false].slice(0, connected.length));
});

it("takes silence for a lost connection", async () => {
  const connected: boolean[] = [];
  const stream = new EventStream({
    open: (signal) => {
      const body = new ReadableStream({
        start(controller) {
          signal.addEventListener("abort", () => controller.error(new Error("aborted")));
        },
      });
      return Promise.resolve(new Response(body));
    },
    onMessage: () => undefined,
    onConnected: (now) => connected.push(now),
  });
  await vi.advanceTimersByTimeAsync(34_000);
  expect(connected).toEqual([true]);
  await vi.advanceTimersByTimeAsync(1_500);
  expect(connected).toEqual([true, false]);
  stream.close();
});
