import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { readJsonTree, type JsonNode } from "@rpcdeck/schema";
import type { LoggedMessage } from "#data/call-state.ts";
import { messageText } from "#data/message-text.ts";

/** Which direction of a stream is listed. */
export type DirectionFilter = "all" | "sent" | "received";

/** How the messages of a stream are read. */
export interface MessageTypes {
  readonly codec: "proto" | "json";
  readonly request: DescMessage | undefined;
  readonly response: DescMessage | undefined;
  readonly registry: Registry | undefined;
}

/** True for a message that a filter lets through. */
export type MessageMatch = (message: LoggedMessage) => boolean;

const unitBytes: Readonly<Record<string, number>> = { "": 1, b: 1, k: 1000, kb: 1000, m: 1_000_000, mb: 1_000_000 };

/**
 * Reads a filter: words that must all hold. `size>1k` and `size<40` compare the size, `field=value` a field of the message's first level, any
 * other word is looked for in the message's bytes as UTF-8. Undefined lets everything through.
 */
export function parseFilter(text: string, direction: DirectionFilter, types: MessageTypes): MessageMatch | undefined {
  const tests: MessageMatch[] = text
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word) => testOf(word, types));
  if (direction !== "all") tests.push((message) => message.direction === direction);
  return tests.length === 0 ? undefined : (message) => tests.every((test) => test(message));
}

function testOf(word: string, types: MessageTypes): MessageMatch {
  const size = /^size([<>])(\d+(?:\.\d+)?)([km]?b?)$/i.exec(word);
  if (size) {
    const limit = Number(size[2]) * (unitBytes[size[3]?.toLowerCase() ?? ""] ?? 1);
    return size[1] === ">" ? (message) => message.wireSize > limit : (message) => message.wireSize < limit;
  }
  const equals = word.indexOf("=");
  if (equals > 0) {
    const [field, value] = [word.slice(0, equals), word.slice(equals + 1)];
    return (message) => topLevel(message, types).some(({ key, node }) => sameName(key, field) && leafText(node) === value);
  }
  const wanted = new TextEncoder().encode(word);
  return (message) => includes(message.bytes, wanted);
}

/** The members of a message's first level as JSON; none where it cannot be read. */
export function topLevel(message: LoggedMessage, types: MessageTypes): readonly { readonly key: string; readonly node: JsonNode }[] {
  const desc = message.direction === "sent" ? types.request : types.response;
  const read = messageText(message.bytes, types.codec, desc, types.registry);
  if (read.kind !== "json") return [];
  const { root } = readJsonTree(read.text);
  return root.kind === "object" ? root.members.map(({ key, value }) => ({ key: key.value, node: value })) : [];
}

/** A leaf as people write it; undefined for lists and objects. */
export function leafText(node: JsonNode): string | undefined {
  switch (node.kind) {
    case "string":
      return node.value;
    case "number":
      return node.text;
    case "literal":
      return String(node.value);
    case "array":
    case "object":
    case "missing":
      return undefined;
  }
}

/** The JSON name and the proto name of a field are one. */
function sameName(key: string, field: string): boolean {
  return key === field || key.replaceAll("_", "").toLowerCase() === field.replaceAll("_", "").toLowerCase();
}

function includes(bytes: Uint8Array, wanted: Uint8Array): boolean {
  const first = wanted[0];
  if (first === undefined) return true;
  for (let at = bytes.indexOf(first); at !== -1; at = bytes.indexOf(first, at + 1)) {
    if (at + wanted.length > bytes.length) return false;
    let length = 1;
    while (length < wanted.length && bytes[at + length] === wanted[length]) length += 1;
    if (length === wanted.length) return true;
  }
  return false;
}
