import { useSyncExternalStore } from "react";

/** "system" follows the machine. */
export type Theme = "system" | "light" | "dark";

/** What this browser remembers about how the page looks. Never anything about calls. */
export interface Preferences {
  readonly theme: Theme;
  /** Shortcuts of one key, such as N or /. */
  readonly singleKeys: boolean;
  readonly explorerOpen: boolean;
  /** Sizes of panes in px, by name. */
  readonly sizes: Readonly<Record<string, number>>;
}

const storageKey = "rpcdeck.preferences";
const defaults: Preferences = { theme: "system", singleKeys: true, explorerOpen: true, sizes: {} };
const listeners = new Set<() => void>();
let current = parse(read());

/** The preferences, kept in step with other tabs. */
export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, preferences);
}

/** The preferences now. */
export function preferences(): Preferences {
  return current;
}

/** Changes some preferences and remembers them. */
export function setPreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem(storageKey, JSON.stringify(current));
  } catch {
    // Storage is switched off: the choice holds until the page is left.
  }
  announce();
}

/** A pane's size in px that this browser remembers under `name`, and how to set it. */
export function useStoredSize(name: string, initial: number): [number, (size: number) => void] {
  const size = usePreferences().sizes[name] ?? initial;
  return [
    size,
    (next) => {
      setPreferences({ sizes: { ...current.sizes, [name]: next } });
    },
  ];
}

/** Puts the chosen theme on the document. */
export function applyTheme(): void {
  if (current.theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = current.theme;
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) addEventListener("storage", onStorage);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) removeEventListener("storage", onStorage);
  };
}

function onStorage(event: StorageEvent): void {
  if (event.key !== storageKey) return;
  current = parse(event.newValue);
  announce();
}

function announce(): void {
  applyTheme();
  for (const listener of listeners) listener();
}

function read(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

/** Reads what storage holds; anything that does not fit is left at its default. */
function parse(text: string | null): Preferences {
  let value: unknown;
  try {
    value = JSON.parse(text ?? "{}");
  } catch {
    return defaults;
  }
  if (typeof value !== "object" || value === null) return defaults;
  const has = value as Partial<Record<keyof Preferences, unknown>>;
  const sizes = typeof has.sizes === "object" && has.sizes !== null ? has.sizes : {};
  return {
    theme: has.theme === "light" || has.theme === "dark" ? has.theme : "system",
    singleKeys: has.singleKeys !== false,
    explorerOpen: has.explorerOpen !== false,
    sizes: Object.fromEntries(Object.entries(sizes).filter((entry): entry is [string, number] => typeof entry[1] === "number")),
  };
}
