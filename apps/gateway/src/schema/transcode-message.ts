import { type DescMessage, fromBinary, fromJson, type JsonValue, type Registry, toBinary, toJson } from "@bufbuild/protobuf";
import { encodeDocument, parseJson } from "@rpcdeck/schema";
import { GatewayError } from "../errors/gateway-error.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * The bytes of a message written as ProtoJSON. 64-bit integers are exact, quoted or not. Unknown keys are ignored, as Connect servers do.
 * Throws `json_invalid` with line and column.
 */
export function protoFromJson(desc: DescMessage, registry: Registry, json: Uint8Array): Uint8Array {
  const text = textOf(json);
  // Only an integer of 16 digits or more can lose anything as a JavaScript number.
  const isExact = !/\d{16}/u.test(text);
  if (!isExact) {
    const parsed = parseJson(desc, registry, text);
    if (parsed.ok) return encodeDocument(parsed.message);
  }
  try {
    const value = (isExact ? JSON.parse(text) : JSON.parse(text, keepLargeIntegers as Parameters<typeof JSON.parse>[1])) as JsonValue;
    return toBinary(desc, fromJson(desc, value, { registry, ignoreUnknownFields: true }));
  } catch (cause) {
    return slowly(desc, registry, text, cause);
  }
}

/** Large integers as text, which ProtoJSON takes for every number field. The third argument is new in ES2026. */
function keepLargeIntegers(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  return typeof value === "number" && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/u.test(source) ? source : value;
}

/** The parser that knows places: to say where it fails, or to read what the fast way does not. */
function slowly(desc: DescMessage, registry: Registry, text: string, cause: unknown): Uint8Array {
  if (text.trim() === "") throw new GatewayError("json_invalid", "the message is empty, which is no JSON; write {}");
  const parsed = parseJson(desc, registry, text);
  if (parsed.ok) return encodeDocument(parsed.message);
  const [first] = parsed.problems;
  const place = first === undefined ? "" : `line ${first.line}, column ${first.column}: `;
  const why = first?.message ?? (cause instanceof Error ? cause.message : String(cause));
  throw new GatewayError("json_invalid", `${desc.typeName}: ${place}${why}`, {
    cause,
    ...(first === undefined ? {} : { info: { line: String(first.line), column: String(first.column) } }),
  });
}

function textOf(json: Uint8Array): string {
  try {
    return decoder.decode(json);
  } catch (cause) {
    throw new GatewayError("json_invalid", "the message is not UTF-8 text", { cause });
  }
}

/**
 * A message as ProtoJSON. Throws `backend_malformed` for bytes that are not this message, `schema_missing` where an Any holds a type that no
 * schema here knows.
 */
export function jsonFromProto(desc: DescMessage, registry: Registry, bytes: Uint8Array): Uint8Array {
  let message;
  try {
    message = fromBinary(desc, bytes);
  } catch (cause) {
    throw new GatewayError("backend_malformed", `${bytes.length} bytes are no ${desc.typeName}: ${reasonOf(cause)}`, { cause });
  }
  try {
    return encoder.encode(JSON.stringify(toJson(desc, message, { registry })));
  } catch (cause) {
    throw new GatewayError("schema_missing", `${desc.typeName} cannot be written as JSON: ${reasonOf(cause)}`, { cause });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
