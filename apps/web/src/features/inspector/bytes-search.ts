import type { InspectPanel } from "./inspect-bytes.tsx";

/** The inspector page in the URL (decision 24): never the bytes, which only a shared link has, in its fragment. */
export interface BytesSearch {
  /** Selected field path. */
  readonly path?: string | undefined;
  /** What stands beside the hex grid; absent is the tree. */
  readonly show?: InspectPanel | undefined;
  /** The frame that is looked at, from 2; absent is the first. */
  readonly frame?: number | undefined;
  /** A compressed message is shown as it was sent. */
  readonly sent?: true | undefined;
}

const shown: readonly InspectPanel[] = ["text", "json", "protoscope", "sizes", "canonical", "readers"];

/** Reads the search of an address; what it does not know is left out. */
export function parseBytesSearch(search: Record<string, unknown>): BytesSearch {
  const { path, frame, sent } = search;
  const show = shown.find((panel) => panel === search["show"]);
  return {
    ...(typeof path === "string" && path !== "" ? { path } : {}),
    ...(show === undefined ? {} : { show }),
    ...(Number.isSafeInteger(frame) && (frame as number) > 1 ? { frame: frame as number } : {}),
    ...(sent === true ? { sent } : {}),
  };
}
