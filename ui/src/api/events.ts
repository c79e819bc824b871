/**
 * Server-Sent Events over fetch. The browser's own EventSource hides heartbeats, so that it cannot tell a silent
 * stream from a dead one, and it cannot say which language the reader has chosen.
 */

export interface Message {
  id: string;
  event: string;
  data: string;
}

/** Takes text as it comes and gives the messages that are complete. */
export class EventParser {
  private rest = "";
  private id = "";

  take(text: string): Message[] {
    const messages: Message[] = [];
    const blocks = (this.rest + text.replaceAll("\r\n", "\n")).split("\n\n");
    this.rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const message = this.read(block);
      if (message !== undefined) messages.push(message);
    }
    return messages;
  }

  private read(block: string): Message | undefined {
    let event = "message";
    const data: string[] = [];
    for (const line of block.split("\n")) {
      const colon = line.indexOf(":");
      if (colon <= 0) continue;
      const value = line.slice(colon + 1).replace(/^ /, "");
      const field = line.slice(0, colon);
      if (field === "id") this.id = value;
      else if (field === "event") event = value;
      else if (field === "data") data.push(value);
    }
    return data.length === 0 ? undefined : { id: this.id, event, data: data.join("\n") };
  }
}

/** The service says that it is alive every 15 s; twice that in silence is a lost connection. */
const SILENCE = 35_000;
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 20_000;

/** Seconds to wait before the next attempt, longer each time. */
export function pause(failures: number): number {
  return Math.min(FIRST_PAUSE * 2 ** Math.max(0, failures - 1), LONGEST_PAUSE);
}

interface Listener {
  open: (signal: AbortSignal, last: string) => Promise<Response>;
  onMessage: (message: Message) => void;
  onConnected: (connected: boolean) => void;
}

/** Keeps a stream open until it is closed, and resumes after the last event that was heard. */
export class EventStream {
  private last = "";
  private failures = 0;
  private closed = false;
  private attempt = new AbortController();
  private wake: () => void = () => undefined;

  constructor(private readonly listener: Listener) {
    void this.run();
  }

  close(): void {
    this.closed = true;
    this.attempt.abort();
    this.wake();
  }

  /** Try again now: the network is back, or somebody looks at the page again. */
  hurry(): void {
    this.wake();
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      try {
        await this.listen();
      } catch {
        // Why it broke does not matter: it is opened again.
      }
      if (this.isClosed()) return;
      this.failures += 1;
      this.listener.onConnected(false);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        setTimeout(resolve, pause(this.failures));
      });
    }
  }

  private isClosed(): boolean {
    return this.closed;
  }

  private async listen(): Promise<void> {
    const attempt = new AbortController();
    this.attempt = attempt;
    let watchdog = setTimeout(() => attempt.abort(), SILENCE);
    try {
      const response = await this.listener.open(attempt.signal, this.last);
      const reader = response.body?.getReader();
      if (reader === undefined) return;
      this.listener.onConnected(true);
      const parser = new EventParser();
      const decoder = new TextDecoder();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        this.failures = 0;
        clearTimeout(watchdog);
        watchdog = setTimeout(() => attempt.abort(), SILENCE);
        for (const message of parser.take(decoder.decode(value, { stream: true }))) {
          if (message.id !== "") this.last = message.id;
          this.listener.onMessage(message);
        }
      }
    } finally {
      clearTimeout(watchdog);
    }
  }
}
