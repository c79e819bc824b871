/** Asks the API; every refusal becomes a `Problem` whose text a person can read. */

const ROOT = "api/v1/";

/** RFC 9457 problem details, as the API words them in the reader's language. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    text: string,
    /** What of the request is wrong. */
    readonly field?: string,
    /** What to do about it. */
    readonly remedy?: string,
  ) {
    super(text);
    this.name = "Problem";
  }

  /** No answer at all: the service or the network is away. */
  get offline(): boolean {
    return this.status === 0;
  }
}

export type Query = Record<string, string | number | readonly string[] | undefined>;

interface Options {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  query?: Query;
  body?: unknown;
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

/** What every request carries, and who is told when the login has ended. */
export const caller = {
  language: "en",
  onLoginNeeded: (): void => undefined,
};

export function address(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of typeof value === "object" ? value : [value]) search.append(key, String(one));
  }
  const text = search.toString();
  return ROOT + path + (text === "" ? "" : `?${text}`);
}

export async function send(path: string, options: Options = {}): Promise<Response> {
  const headers: Record<string, string> = {
    "Accept-Language": caller.language,
    // Behind a proxy that rewrites the host and adds nothing, this alone shows that not the service's own machine calls.
    "X-Page-Origin": location.origin,
    ...options.headers,
  };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(address(path, options.query), {
      method: options.method ?? "GET",
      headers,
      credentials: "same-origin",
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, "offline", String(error));
  }
  if (!response.ok) throw await problem(response);
  return response;
}

export async function ask<Answer>(path: string, options: Options = {}): Promise<Answer> {
  const response = await send(path, options);
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}

async function problem(response: Response): Promise<Problem> {
  let said: Record<string, string | undefined> = {};
  try {
    said = (await response.json()) as typeof said;
  } catch {
    // A proxy's own error page is not JSON; the status says enough.
  }
  const code = said["code"] ?? String(response.status);
  if (code === "login_needed") caller.onLoginNeeded();
  const text = said["detail"] ?? said["title"] ?? response.statusText;
  return new Problem(response.status, code, text, said["field"], said["remedy"]);
}
