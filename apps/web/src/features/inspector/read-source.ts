import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { toBinary } from "@bufbuild/protobuf";
import { fromText } from "@bufbuild/protobuf/txtpb";
import { recognisePaste } from "@rpcdeck/wire";
import type { InspectSource, ReadAs } from "./inspect-input.ts";
import { connectErrorType, readConnectError } from "./read-connect-error.ts";
import { readConnectGet, type ReadGet } from "./read-connect-get.ts";

/** The bytes of a source, how they were read, and how else they could be. */
export interface ReadSource {
  readonly bytes: Uint8Array;
  /** Undefined for a file, whose bytes are taken as they are. */
  readonly readAs: ReadAs | undefined;
  /** Every way the text can be read, the recognised one first. */
  readonly choices: readonly ReadAs[];
  /** What the text says of its bytes, where it is read as a Connect GET. */
  readonly get: ReadGet | undefined;
  /** Full name of the type that the bytes have, where that is known of how the text is read. */
  readonly typeName: string | undefined;
}

const nothing = new Uint8Array();

/** What the text format needs to be read. */
export interface TextSchema {
  readonly desc: DescMessage | undefined;
  readonly registry: Registry | undefined;
}

/**
 * Reads a source. `wanted` wins over what is recognised where the text can be read so. A Connect GET or error, which is in no other notation,
 * comes first. A text in the text format of the message type comes right after notations of bytes.
 */
export function readSource(source: InspectSource, wanted: ReadAs | undefined, schema: TextSchema): ReadSource {
  if (source.kind === "file") return { bytes: source.bytes, readAs: undefined, choices: [], get: undefined, typeName: undefined };
  if (source.text === "") return { bytes: nothing, readAs: undefined, choices: [], get: undefined, typeName: undefined };
  const readings: { format: ReadAs; bytes: Uint8Array }[] = recognisePaste(source.text);
  const message = textFormat(source.text, schema);
  const plain = readings.findIndex(({ format }) => format === "text");
  if (message !== undefined) readings.splice(plain, 0, { format: "text-format", bytes: message });
  const get = readConnectGet(source.text);
  if (get !== undefined) readings.unshift({ format: "connect-get", bytes: get.bytes });
  const error = readConnectError(source.text);
  if (error !== undefined) readings.unshift({ format: "connect-error", bytes: error });
  const chosen = readings.find(({ format }) => format === wanted) ?? readings[0];
  return {
    bytes: chosen?.bytes ?? nothing,
    readAs: chosen?.format,
    choices: readings.map(({ format }) => format),
    get: chosen?.format === "connect-get" ? get : undefined,
    typeName: chosen?.format === "connect-error" ? connectErrorType : undefined,
  };
}

/** True for a text that looks like the text format, which only a message type can tell the bytes of. */
export function looksLikeTextFormat(text: string): boolean {
  return /^\s*(?:#.*\s+)*[A-Za-z_][\w]*\s*(?::|\{|<)/.test(text);
}

function textFormat(text: string, { desc, registry }: TextSchema): Uint8Array | undefined {
  if (desc === undefined || !looksLikeTextFormat(text)) return undefined;
  try {
    return toBinary(desc, fromText(desc, text, registry === undefined ? {} : { registry }));
  } catch {
    return undefined; // it is no text format of this type: another reading will do
  }
}
