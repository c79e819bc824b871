/** Light, dark, or as the device says. */

export type Theme = "auto" | "light" | "dark";
export const THEMES: readonly Theme[] = ["auto", "light", "dark"];

const KEPT = "heliograph.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

function remembered(): Theme {
  const kept = localStorage.getItem(KEPT);
  return THEMES.find((theme) => theme === kept) ?? "auto";
}

class Look {
  theme = $state<Theme>(remembered());
  private systemDark = $state(system.matches);
  readonly dark = $derived(this.theme === "dark" || (this.theme === "auto" && this.systemDark));

  constructor() {
    system.addEventListener("change", (event) => (this.systemDark = event.matches));
    this.apply();
  }

  wear(theme: Theme): void {
    this.theme = theme;
    localStorage.setItem(KEPT, theme);
  }

  apply(): void {
    document.documentElement.dataset["theme"] = this.dark ? "dark" : "light";
  }
}

export const look = new Look();
