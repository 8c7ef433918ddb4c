import type { Header } from "@rpcdeck/frames";
import { defaultTableBytes, entryOverheadBytes, firstDynamicIndex, staticTable } from "./hpack-static-table.ts";

/** Names whose values are the same in many calls: they go into the table. Others are spelt out each time. */
const indexedNames: ReadonlySet<string> = new Set([
  ":authority",
  ":path",
  "accept-encoding",
  "connect-accept-encoding",
  "connect-content-encoding",
  "connect-protocol-version",
  "content-encoding",
  "content-type",
  "grpc-accept-encoding",
  "grpc-encoding",
  "rpcdeck-hop",
  "te",
  "user-agent",
  "x-grpc-web",
  "x-user-agent",
]);

/** Names whose values no intermediary may keep in a table (RFC 7541, section 7.1.3). */
const secretNames: ReadonlySet<string> = new Set(["authorization", "cookie", "proxy-authorization", "set-cookie"]);

/** Values longer than this are not worth a place in the table, in bytes. */
const maxIndexedBytes = 256;

interface Entry {
  readonly name: string;
  readonly value: string;
  /** Counts up over all entries ever added. */
  readonly sequence: number;
}

const staticNames = new Map<string, number>();
const staticValues = new Map<string, Map<string, number>>();
for (const [at, [name, value]] of staticTable.entries()) {
  if (!staticNames.has(name)) staticNames.set(name, at + 1);
  if (value === "") continue;
  const values = staticValues.get(name) ?? new Map<string, number>();
  values.set(value, at + 1);
  staticValues.set(name, values);
}

/**
 * Writes header blocks (RFC 7541), without Huffman coding: bytes are cheaper than time on the way to a backend. One for each connection.
 */
export class HpackEncoder {
  #entries: Entry[] = [];
  readonly #values = new Map<string, Map<string, Entry>>();
  #added = 0;
  #tableBytes = 0;
  #maxTableBytes = defaultTableBytes;
  /** Smallest size since the last block, which the peer must hear of before the present one; undefined when nothing changed. */
  #lowestTableBytes: number | undefined;

  /** The peer's SETTINGS_HEADER_TABLE_SIZE. We never use more than the default. */
  setMaxTableBytes(bytes: number): void {
    const size = Math.min(bytes, defaultTableBytes);
    if (size === this.#maxTableBytes) return;
    this.#maxTableBytes = size;
    this.#lowestTableBytes = Math.min(this.#lowestTableBytes ?? size, size);
    this.#evict(size);
  }

  /** Most bytes that a block of these headers can take. */
  static boundOf(headers: readonly Header[]): number {
    let bytes = 16;
    for (const [name, value] of headers) bytes += name.length + value.length + 12;
    return bytes;
  }

  /** Writes a block at `at`; returns where it ends. There must be room for {@link HpackEncoder.boundOf} bytes. Texts are Latin-1. */
  encode(headers: readonly Header[], into: Buffer, at: number): number {
    let end = at;
    if (this.#lowestTableBytes !== undefined) {
      if (this.#lowestTableBytes < this.#maxTableBytes) end = writeInteger(into, end, 0x20, 5, this.#lowestTableBytes);
      end = writeInteger(into, end, 0x20, 5, this.#maxTableBytes);
      this.#lowestTableBytes = undefined;
    }
    for (const [name, value] of headers) end = this.#field(name, value, into, end);
    return end;
  }

  #field(name: string, value: string, into: Buffer, at: number): number {
    const known = staticValues.get(name)?.get(value);
    if (known !== undefined) return writeInteger(into, at, 0x80, 7, known);
    const isIndexed = indexedNames.has(name) && value.length <= maxIndexedBytes;
    if (isIndexed) {
      const entry = this.#values.get(name)?.get(value);
      if (entry !== undefined) return writeInteger(into, at, 0x80, 7, firstDynamicIndex + this.#added - 1 - entry.sequence);
    }
    const adds = isIndexed && this.#add(name, value);
    const kind = adds ? 0x40 : secretNames.has(name) ? 0x10 : 0;
    const nameIndex = staticNames.get(name) ?? 0;
    let end = writeInteger(into, at, kind, adds ? 6 : 4, nameIndex);
    if (nameIndex === 0) end = writeText(into, end, name);
    return writeText(into, end, value);
  }

  #add(name: string, value: string): boolean {
    const size = name.length + value.length + entryOverheadBytes;
    if (size > this.#maxTableBytes) return false;
    this.#evict(this.#maxTableBytes - size);
    const entry: Entry = { name, value, sequence: this.#added++ };
    this.#entries.push(entry);
    this.#tableBytes += size;
    let values = this.#values.get(name);
    if (values === undefined) this.#values.set(name, (values = new Map()));
    values.set(value, entry);
    return true;
  }

  #evict(roomBytes: number): void {
    while (this.#tableBytes > roomBytes) {
      const oldest = this.#entries.shift();
      if (oldest === undefined) return;
      this.#tableBytes -= oldest.name.length + oldest.value.length + entryOverheadBytes;
      this.#values.get(oldest.name)?.delete(oldest.value);
    }
  }
}

function writeInteger(into: Buffer, at: number, kind: number, prefixBits: number, value: number): number {
  const mask = (1 << prefixBits) - 1;
  if (value < mask) {
    into[at] = kind | value;
    return at + 1;
  }
  into[at] = kind | mask;
  let end = at + 1;
  let rest = value - mask;
  while (rest >= 128) {
    into[end++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  into[end++] = rest;
  return end;
}

function writeText(into: Buffer, at: number, text: string): number {
  const start = writeInteger(into, at, 0, 7, text.length);
  into.write(text, start, "latin1");
  return start + text.length;
}
