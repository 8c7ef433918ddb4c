import { useEffect, useRef } from "react";
import { isDialogOpen } from "#lib/dialog-open.ts";

/** Ctrl Z takes back a change and Ctrl Shift Z or Ctrl Y brings it again (⌘ on macOS), except in text fields, which do so themselves. */
export function useUndoKeys(actions: { readonly onUndo: (() => void) | undefined; readonly onRedo: (() => void) | undefined }): void {
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || !(event.ctrlKey || event.metaKey) || isTextField(event.target)) return;
      const key = event.key.toLowerCase();
      if ((key !== "z" && key !== "y") || isDialogOpen()) return;
      const action = key === "y" || event.shiftKey ? latest.current.onRedo : latest.current.onUndo;
      event.preventDefault();
      action?.();
    };
    addEventListener("keydown", onKeyDown);
    return () => {
      removeEventListener("keydown", onKeyDown);
    };
  }, []);
}

function isTextField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable || target.matches('textarea, input:not([type="radio"], [type="checkbox"], [type="button"], [type="file"])')
  );
}
