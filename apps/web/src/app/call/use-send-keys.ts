import { useEffect, useRef } from "react";
import { isDialogOpen } from "#lib/dialog-open.ts";

/**
 * Ctrl Enter sends and Ctrl Shift Enter half-closes (⌘ on macOS), wherever the focus is: before buttons and editors, which have a meaning of
 * their own for Enter. Not while a dialog is open.
 */
export function useSendKeys(actions: { readonly onSend: () => void; readonly onHalfClose: () => void }): void {
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.altKey || event.isComposing) return;
      if (isDialogOpen()) return;
      event.preventDefault();
      event.stopPropagation();
      if (event.repeat) return;
      if (event.shiftKey) latest.current.onHalfClose();
      else latest.current.onSend();
    };
    addEventListener("keydown", onKeyDown, { capture: true });
    return () => {
      removeEventListener("keydown", onKeyDown, { capture: true });
    };
  }, []);
}
