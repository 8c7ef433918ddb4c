import type { Header } from "@rpcdeck/frames";
import { errorCodes, Http2Fault } from "./frame.ts";
import { defaultTableBytes, entryOverheadBytes, firstDynamicIndex, staticTable } from "./hpack-static-table.ts";
import { huffmanDecode } from "./huffman.ts";

/** A header block, read. */
export interface HeaderBlock {
  /** In order, pseudo-headers included, as far as the limits reach. Entries may be shared with other blocks. */
  readonly headers: readonly Header[];
  /** All fields of the block, those over the limits too. */
  readonly fields: number;
  /** Bytes of all names and values, those over the limits too. */
  readonly bytes: number;
}

/** How much of one block is kept; the rest is read, because the table depends on it, and counted. */
export interface HeaderBlockLimits {
  readonly maxFields: number;
  readonly maxBytes: number;
}

/** Reads header blocks (RFC 7541). One for each direction of a connection: blocks depend on those before. */
export class HpackDecoder {
  readonly #limits: HeaderBlockLimits;
  /** The dynamic table as a ring: the newest entry is at `#newest`. */
  #ring: (Header | undefined)[] = Array.from({ length: 128 });
  #newest = 0;
  #count = 0;
  #tableBytes = 0;
  #maxTableBytes = defaultTableBytes;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;

  constructor(limits: HeaderBlockLimits) {
    this.#limits = limits;
  }

  /** Reads one whole block. Throws an {@link Http2Fault} (COMPRESSION_ERROR) for what is not one; the connection cannot go on then. */
  decode(block: Buffer): HeaderBlock {
    this.#bytes = block;
    this.#at = 0;
    this.#end = block.length;
    const headers: Header[] = [];
    let fields = 0;
    let bytes = 0;
    while (this.#at < this.#end) {
      const first = block[this.#at] as number;
      let header: Header;
      if ((first & 0x80) !== 0) header = this.#entry(this.#integer(7));
      else if ((first & 0x40) !== 0) this.#add((header = this.#literal(6)));
      else if ((first & 0x20) !== 0) {
        if (fields > 0) throw broken("a table size update after the first field");
        this.#resize(this.#integer(5));
        continue;
      } else header = this.#literal(4);
      fields++;
      bytes += header[0].length + header[1].length;
      if (fields <= this.#limits.maxFields && bytes <= this.#limits.maxBytes) headers.push(header);
    }
    return { headers, fields, bytes };
  }

  #literal(prefixBits: number): Header {
    const index = this.#integer(prefixBits);
    const name = index === 0 ? this.#text() : this.#entry(index)[0];
    return [name, this.#text()];
  }

  #entry(index: number): Header {
    if (index < firstDynamicIndex) {
      const header = staticTable[index - 1];
      if (header !== undefined) return header;
    } else if (index - firstDynamicIndex < this.#count) {
      const header = this.#ring[(this.#newest + index - firstDynamicIndex) & (this.#ring.length - 1)];
      if (header !== undefined) return header;
    }
    throw broken(`a field with index ${index}, which no table has`);
  }

  #add(header: Header): void {
    const size = header[0].length + header[1].length + entryOverheadBytes;
    this.#evict(this.#maxTableBytes - size);
    if (size > this.#maxTableBytes) return; // empties the table and is no error (RFC 7541, section 4.4)
    const mask = this.#ring.length - 1; // every entry costs 32 bytes at least, so that 128 places are enough
    this.#newest = (this.#newest - 1) & mask;
    this.#ring[this.#newest] = header;
    this.#count++;
    this.#tableBytes += size;
  }

  #evict(roomBytes: number): void {
    while (this.#tableBytes > roomBytes && this.#count > 0) {
      const at = (this.#newest + --this.#count) & (this.#ring.length - 1);
      const [name, value] = this.#ring[at] as Header;
      this.#ring[at] = undefined;
      this.#tableBytes -= name.length + value.length + entryOverheadBytes;
    }
  }

  #resize(size: number): void {
    if (size > defaultTableBytes) throw broken(`a table of ${size} bytes, the limit is ${defaultTableBytes}`);
    this.#maxTableBytes = size;
    this.#evict(size);
  }

  #integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    let value = this.#byte() & mask;
    if (value < mask) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.#byte();
      value += (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return value;
    }
    throw broken("an integer of more than 28 bits");
  }

  #text(): string {
    const isCoded = ((this.#bytes[this.#at] ?? 0) & 0x80) !== 0;
    const length = this.#integer(7);
    const start = this.#at;
    const end = start + length;
    if (end > this.#end) throw broken(`a text of ${length} bytes with ${this.#end - start} left`);
    this.#at = end;
    if (!isCoded) return this.#bytes.toString("latin1", start, end);
    const text = huffmanDecode(this.#bytes, start, end);
    if (text === undefined) throw broken("a text that is no Huffman code");
    return text;
  }

  #byte(): number {
    if (this.#at >= this.#end) throw broken("a block that ends inside a field");
    return this.#bytes[this.#at++] as number;
  }
}

function broken(what: string): Http2Fault {
  return new Http2Fault(errorCodes.compressionError, `header compression broke: ${what}`);
}
