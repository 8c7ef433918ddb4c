import type { DescMessage } from "@bufbuild/protobuf";
import { parse } from "./parse.ts";
import type { ParseOptions, WireIndex } from "./wire-index.ts";

/** A run of bytes of some older array. */
interface Piece {
  readonly source: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Replaces `start`..`end` of a document by `bytes`. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/**
 * Bytes that can be edited: an immutable piece table. Each edit gives a new document that shares what it did not touch; to undo is to take
 * the previous document.
 */
export interface WireDoc {
  readonly length: number;
  readonly type: DescMessage | undefined;
  /** All bytes in one array; joined when first asked for. Must not be changed. */
  bytes(): Uint8Array;
  /** The index of {@link bytes}; made when first asked for. */
  index(): WireIndex;
  /** The document with `splices` applied: in ascending order, not overlapping, offsets of this document. No length is corrected. */
  spliced(splices: readonly Splice[]): WireDoc;
}

/** A document of `bytes`, which must not change any more. */
export function createDoc(bytes: Uint8Array, type?: DescMessage, options: ParseOptions = {}): WireDoc {
  return docOf([{ source: bytes, start: 0, end: bytes.length }], type, options);
}

function docOf(pieces: readonly Piece[], type: DescMessage | undefined, options: ParseOptions): WireDoc {
  const length = pieces.reduce((sum, { start, end }) => sum + end - start, 0);
  let joined: Uint8Array | undefined;
  let index: WireIndex | undefined;
  const doc: WireDoc = {
    length,
    type,
    bytes() {
      if (joined !== undefined) return joined;
      const [first] = pieces;
      if (pieces.length === 1 && first !== undefined) joined = first.source.subarray(first.start, first.end);
      else {
        joined = new Uint8Array(length);
        let at = 0;
        for (const { source, start, end } of pieces) {
          joined.set(source.subarray(start, end), at);
          at += end - start;
        }
      }
      return joined;
    },
    index: () => (index ??= parse(doc.bytes(), type, options)),
    spliced(splices) {
      const next: Piece[] = [];
      let at = 0;
      for (const { start, end, bytes } of splices) {
        next.push(...cut(pieces, at, start));
        if (bytes.length > 0) next.push({ source: bytes, start: 0, end: bytes.length });
        at = end;
      }
      next.push(...cut(pieces, at, length));
      return docOf(next, type, options);
    },
  };
  return doc;
}

function cut(pieces: readonly Piece[], from: number, to: number): Piece[] {
  const found: Piece[] = [];
  let offset = 0;
  for (const { source, start, end } of pieces) {
    const size = end - start;
    const first = Math.max(from, offset);
    const last = Math.min(to, offset + size);
    if (first < last) found.push({ source, start: start + first - offset, end: start + last - offset });
    offset += size;
  }
  return found;
}
