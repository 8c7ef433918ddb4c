import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { printJson } from "@rpcdeck/schema";
import { hexOffset } from "@rpcdeck/wire";

/** A message as JSON text, or why there is none. */
export type MessageText =
  | {
      readonly kind: "json";
      readonly text: string;
      /** What was odd about the bytes, one line each. */ readonly problems: readonly string[];
    }
  | { readonly kind: "no-schema" };

/** The JSON of a message as it came: the text itself of a JSON call, printed from the bytes of a binary one. Never throws. */
export function messageText(
  bytes: Uint8Array,
  codec: "proto" | "json",
  desc: DescMessage | undefined,
  registry: Registry | undefined,
): MessageText {
  if (codec === "json") return { kind: "json", text: new TextDecoder().decode(bytes), problems: [] };
  if (desc === undefined) return { kind: "no-schema" };
  const { text, problems } = printJson(desc, registry, bytes);
  return { kind: "json", text, problems: problems.map(({ offset, message }) => `at ${hexOffset(offset)} of the message: ${message}`) };
}
