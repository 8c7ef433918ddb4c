import { useEffect, useRef } from "react";
import { preferences } from "#data/preferences.ts";
import { isDialogOpen } from "#lib/dialog-open.ts";

/** Time between the keys of a sequence such as G, then C. */
const sequenceMs = 1_200;

/**
 * Calls the action of a shortcut. Names are written as in `shortcuts`: "Ctrl K" (⌘ on macOS), "G C" is a sequence, one character is a single key,
 * which works only outside text fields and while Settings allow it. Nothing happens while a dialog is open, except for shortcuts with Ctrl.
 */
export function useShortcuts(actions: Readonly<Record<string, () => void>>): void {
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });
  useEffect(() => {
    let first: { key: string; at: number } | undefined;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
      if (event.altKey) return;
      let name: string | undefined;
      if (event.ctrlKey || event.metaKey) name = `Ctrl ${event.shiftKey ? "Shift " : ""}${key}`;
      else if (key === "F6") name = event.shiftKey ? "Shift F6" : "F6";
      else if (preferences().singleKeys && key.length === 1 && !isTyping(event.target) && !isDialogOpen()) {
        const sequence = first && event.timeStamp - first.at < sequenceMs ? `${first.key} ${key}` : key;
        name = sequence in latest.current ? sequence : key;
        first = { key, at: event.timeStamp };
      }
      const action = name === undefined ? undefined : latest.current[name];
      if (!action) return;
      event.preventDefault();
      first = undefined;
      action();
    };
    addEventListener("keydown", onKeyDown);
    return () => {
      removeEventListener("keydown", onKeyDown);
    };
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input, textarea, select, [role="menu"] *, [role="listbox"] *'))
  );
}
