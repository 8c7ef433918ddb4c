import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";

/** Which message of a call. */
export type Side = "request" | "response";

/** The selected field, the same in form, bytes, wire tree and JSON (decision 24: it is in the URL). */
export interface Selection {
  /** Field path in the notation of packages/wire, such as `phones[1].number`; undefined selects nothing. */
  readonly path: string | undefined;
  /** The message it belongs to. */
  readonly side: Side;
}

/** The selection in the URL, and how to change it. Changes replace the history entry: the back button leaves the call. */
export function useSelection(): Selection & { readonly select: (path: string | undefined, side: Side) => void } {
  const search: { path?: string; side?: Side } = useSearch({ strict: false });
  const navigate = useNavigate();
  const select = useCallback(
    (path: string | undefined, side: Side) => {
      void navigate({
        to: "/",
        replace: true,
        search: (last) => ({ ...last, path, side: side === "request" ? undefined : side }),
      });
    },
    [navigate],
  );
  return { path: search.path, side: search.side ?? "request", select };
}
