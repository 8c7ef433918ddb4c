import { bytesFromBase64, toBase64 } from "@rpcdeck/frames";
import { parseBytesSearch, type BytesSearch } from "./bytes-search.ts";
import type { ReadAs } from "./inspect-input.ts";
import type { BodyFraming } from "./types.ts";

/** Most bytes that a link carries (decision 24). */
export const maxSharedBytes = 64 * 1024;
/** Longest field path that a link carries, in UTF-16 units: keys of maps have no bounds. A longer one is left out. */
const maxSharedPath = 4096;

/** What a link to the inspector carries in its fragment, which browsers send to nobody. */
export interface SharedInput {
  readonly bytes: Uint8Array;
  /** Full name of the message type; "" for none. */
  readonly typeName: string;
  readonly framing: BodyFraming;
  readonly encoding: string;
  readonly codec: "proto" | "json";
  /** The notation that the bytes were read in; undefined for a file. */
  readonly readAs: ReadAs | undefined;
  /** Frame, selected field and panel. */
  readonly look: BytesSearch;
}

const framings: readonly BodyFraming[] = ["none", "grpc", "grpc-web", "grpc-web-text", "connect-stream", "delimited"];
const notations: readonly ReadAs[] = ["hex", "hex-dump", "escapes", "base64", "protoscope", "text"];

/** The fragment of a link, without its `#`; undefined when there are more bytes than a link may carry. What is as it is anyway is left out. */
export function sharedFragment({ bytes, typeName, framing, encoding, codec, readAs, look }: SharedInput): string | undefined {
  if (bytes.length > maxSharedBytes) return undefined;
  const { path, show, frame, sent } = look;
  const rest = new URLSearchParams({
    ...(typeName === "" ? {} : { type: typeName }),
    framing,
    ...(encoding === "" ? {} : { encoding }),
    ...(codec === "proto" ? {} : { codec }),
    ...(readAs === undefined || readAs === "hex" || !notations.includes(readAs) ? {} : { notation: readAs }),
    ...(frame === undefined ? {} : { frame: String(frame) }),
    ...(sent === undefined ? {} : { sent: "true" }),
    // In base64: what is on the way of a fragment undoes escapes, and a path may have any character.
    ...(path === undefined || path.length > maxSharedPath ? {} : { path: toUrlBase64(new TextEncoder().encode(path)) }),
    ...(show === undefined ? {} : { show }),
  });
  return `bytes=${toUrlBase64(bytes)}&${rest.toString()}`;
}

/** Reads a fragment; undefined when it carries no bytes, or not in a way that can be read. Whatever else it lacks or has wrong is as by default. */
export function readSharedFragment(fragment: string): SharedInput | undefined {
  const fields = new URLSearchParams(fragment.replace(/^#/, ""));
  const text = fields.get("bytes");
  if (text === null) return undefined;
  const bytes = bytesFromBase64(text);
  if (bytes === undefined || bytes.length > maxSharedBytes) return undefined;
  const path = bytesFromBase64(fields.get("path") ?? "");
  return {
    bytes,
    typeName: fields.get("type") ?? "",
    framing: framings.find((known) => known === fields.get("framing")) ?? "none",
    encoding: fields.get("encoding") ?? "",
    codec: fields.get("codec") === "json" ? "json" : "proto",
    readAs: notations.find((known) => known === fields.get("notation")) ?? "hex",
    look: parseBytesSearch({
      path: path === undefined ? "" : new TextDecoder().decode(path).slice(0, maxSharedPath),
      show: fields.get("show"),
      frame: Number(fields.get("frame") ?? 0),
      sent: fields.get("sent") === "true",
    }),
  };
}

function toUrlBase64(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_");
}
