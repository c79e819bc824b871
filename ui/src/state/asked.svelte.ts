/** A question to the service, asked again whenever what it is about changes. */

import { untrack } from "svelte";
import { Problem } from "../api/client";
import { voice } from "../words/index.svelte";
import { live } from "./live.svelte";

/** What comes sooner needs no sign that it is awaited. */
const SOON = 700;
/** The history may still be opening when the page is: then it is asked for again. */
const PAUSE = 2000;

export class Asked<Answer> {
  /** The latest answer stays until the next one is there, so that nothing jumps. */
  found = $state.raw<{ answer: Answer } | undefined>();
  failed = $state.raw<{ error: unknown } | undefined>();
  pending = $state(true);
  /** It takes long enough to be told of. */
  slow = $state(false);
  /** The service cannot answer yet. */
  early = $state(false);
  private attempt = $state(0);

  /**
   * What `question` reads before its first `await` is what it is about; it gives nothing while there is nothing to ask.
   * To be made where a component begins.
   */
  constructor(question: (signal: AbortSignal) => Promise<Answer> | undefined) {
    $effect(() => {
      void this.attempt;
      // The service answers in the reader's language.
      void voice.language;
      const superseded = new AbortController();
      const asked = question(superseded.signal);
      if (asked !== undefined) void this.ask(asked, superseded.signal);
      return () => superseded.abort();
    });
    $effect(() => {
      if (live.connection === "live") untrack(() => this.failed !== undefined && this.again());
    });
  }

  get answer(): Answer | undefined {
    return this.found?.answer;
  }

  again(): void {
    this.attempt += 1;
  }

  private async ask(asked: Promise<Answer>, signal: AbortSignal): Promise<void> {
    this.pending = true;
    const patience = setTimeout(() => (this.slow = true), SOON);
    signal.addEventListener("abort", () => clearTimeout(patience));
    try {
      const answer = await asked;
      if (signal.aborted) return;
      this.found = { answer };
      this.settle(undefined);
    } catch (error) {
      if (signal.aborted) return;
      this.early = error instanceof Problem && error.code === "no_history";
      if (!this.early) this.settle({ error });
      else {
        const pause = setTimeout(() => this.again(), PAUSE);
        signal.addEventListener("abort", () => clearTimeout(pause));
      }
    } finally {
      if (!this.pending) clearTimeout(patience);
    }
  }

  private settle(failed: { error: unknown } | undefined): void {
    this.failed = failed;
    this.pending = this.slow = this.early = false;
  }
}
