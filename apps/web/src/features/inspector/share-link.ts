import { bytesFromBase64, toBase64 } from "@rpcdeck/frames";
import type { BodyFraming } from "./types.ts";

/** Most bytes that a link carries (decision 24). */
export const maxSharedBytes = 64 * 1024;

/** What a link to the inspector carries in its fragment, which browsers send to nobody. */
export interface SharedInput {
  readonly bytes: Uint8Array;
  /** Full name of the message type; "" for none. */
  readonly typeName: string;
  readonly framing: BodyFraming;
  readonly encoding: string;
}

const framings: readonly BodyFraming[] = ["none", "grpc", "grpc-web", "grpc-web-text", "connect-stream", "delimited"];

/** The fragment of a link, without its `#`; undefined when there are more bytes than a link may carry. */
export function sharedFragment({ bytes, typeName, framing, encoding }: SharedInput): string | undefined {
  if (bytes.length > maxSharedBytes) return undefined;
  const base64 = toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  const rest = new URLSearchParams({
    ...(typeName === "" ? {} : { type: typeName }),
    framing,
    ...(encoding === "" ? {} : { encoding }),
  });
  return `bytes=${base64}&${rest.toString()}`;
}

/** Reads a fragment; undefined when it carries no bytes, or not in a way that can be read. */
export function readSharedFragment(fragment: string): SharedInput | undefined {
  const fields = new URLSearchParams(fragment.replace(/^#/, ""));
  const text = fields.get("bytes");
  if (text === null) return undefined;
  const bytes = bytesFromBase64(text);
  if (bytes === undefined || bytes.length > maxSharedBytes) return undefined;
  const framing = framings.find((known) => known === fields.get("framing")) ?? "none";
  return { bytes, typeName: fields.get("type") ?? "", framing, encoding: fields.get("encoding") ?? "" };
}
