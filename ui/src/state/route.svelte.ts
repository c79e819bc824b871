/** Where in the page one is: `#/panels/482200001234?by=energy`. The service serves one page, whatever the view. */

export const VIEWS = ["overview", "history", "panels", "batteries", "meters", "findings", "setup", "settings"] as const;
export type View = (typeof VIEWS)[number];

export interface Place {
  view: View;
  /** What of the view: a serial number, a step. */
  detail: string;
  query: URLSearchParams;
}

export function parse(hash: string): Place {
  const [path = "", search = ""] = hash.replace(/^#\/?/, "").split("?");
  const [first = "", detail = ""] = path.split("/");
  const view = VIEWS.find((one) => one === first) ?? "overview";
  return { view, detail: decodeURIComponent(detail), query: new URLSearchParams(search) };
}

export function link(view: View, detail = "", query: Record<string, string> = {}): string {
  const search = new URLSearchParams(query).toString();
  return `#/${view}${detail === "" ? "" : `/${encodeURIComponent(detail)}`}${search === "" ? "" : `?${search}`}`;
}

class Route {
  place = $state.raw<Place>(parse(location.hash));

  constructor() {
    addEventListener("hashchange", () => {
      this.place = parse(location.hash);
      // One begins at the top, and a screen reader reads on there.
      scrollTo(0, 0);
      document.getElementById("main")?.focus({ preventScroll: true });
    });
  }

  go(view: View, detail = "", query: Record<string, string> = {}): void {
    location.hash = link(view, detail, query);
  }

  /** The same place with another query, without a step in the browser's history. */
  replace(query: Record<string, string>): void {
    history.replaceState(null, "", link(this.place.view, this.place.detail, query));
    this.place = parse(location.hash);
  }
}

export const route = new Route();
