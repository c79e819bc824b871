/** The vocabulary with its words, as the service says it. */

import { ask } from "../api/client";
import type { Catalog, MetricRow } from "../api/shapes";
import { voice } from "../words/index.svelte";

class Vocabulary {
  private rows = $state.raw(new Map<string, MetricRow>());
  private words = $state.raw<Catalog["words"]>({});

  async load(): Promise<void> {
    const catalog = await ask<Catalog>("metrics");
    this.rows = new Map(catalog.metrics.map((row) => [row.name, row]));
    this.words = catalog.words;
  }

  metric(subject: string, key: string): MetricRow | undefined {
    return this.rows.get(`${subject}.${key}`);
  }

  of(subject: string): MetricRow[] {
    return [...this.rows.values()].filter((row) => row.subject === subject);
  }

  label(subject: string, key: string): string {
    return this.metric(subject, key)?.label[voice.language] ?? key;
  }

  /** A word such as `state.charging`. */
  word(key: string): string {
    return this.words[voice.language]?.[key] ?? key.slice(key.indexOf(".") + 1);
  }
}

export const catalog = new Vocabulary();
