import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { parseJson, printJson, type JsonProblem } from "@rpcdeck/schema";
import type { Draft } from "./draft.ts";

/** The draft's message in its codec, or what keeps it from being sent. */
export type RequestBytes =
  | { readonly kind: "ready"; readonly bytes: Uint8Array }
  /** The JSON text does not say a message; nothing is sent. */
  | { readonly kind: "json-problems"; readonly problems: readonly JsonProblem[] }
  /** JSON was chosen, and nothing here can write it. */
  | { readonly kind: "no-schema" };

/**
 * The draft's message as it goes out: its bytes untouched, or JSON as typed, else as printed from the bytes. A JSON text with mistakes stops both
 * codecs: it is newer than the bytes.
 */
export function requestBytes(
  draft: Pick<Draft, "message" | "jsonText" | "codec">,
  schema: { readonly desc: DescMessage; readonly registry: Registry } | undefined,
): RequestBytes {
  if (draft.jsonText !== undefined && schema !== undefined) {
    const read = parseJson(schema.desc, schema.registry, draft.jsonText);
    if (!read.ok) return { kind: "json-problems", problems: read.problems };
  }
  if (draft.codec === "proto") return { kind: "ready", bytes: draft.message };
  if (draft.jsonText !== undefined && draft.jsonText.trim() !== "") return { kind: "ready", bytes: encoder.encode(draft.jsonText) };
  if (schema === undefined) return { kind: "no-schema" };
  return { kind: "ready", bytes: encoder.encode(printJson(schema.desc, schema.registry, draft.message).text) };
}

const encoder = new TextEncoder();
