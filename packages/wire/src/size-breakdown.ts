import { isReadable, messageTable, type MessageTable } from "./message-table.ts";
import { closeGroup, defaultMaxDepth, readLength } from "./scan-level.ts";
import { varintEnd } from "./varint.ts";
import type { WireIndex } from "./wire-index.ts";
import type { DescMessage, Registry } from "@bufbuild/protobuf";

/** What one field, wherever it occurs, adds to a message. */
export interface SizeEntry {
  /** Path without indices and keys: `phones.number`; `#7` for an unknown field. */
  readonly path: string;
  /** Records. */
  readonly count: number;
  /** Bytes of its tags, the end tags of groups included. */
  readonly tagBytes: number;
  /** Bytes of its lengths. */
  readonly lengthBytes: number;
  /** Bytes of its values; 0 for messages, whose fields have entries of their own. */
  readonly valueBytes: number;
  /** All bytes under this path, nested fields included. */
  readonly totalBytes: number;
}

/** A breakdown that can be made in slices, to show how far it is and to stop on the way. */
export interface Breakdown {
  /** Bytes counted so far. */
  readonly position: number;
  readonly isDone: boolean;
  /** Counts on for about `maxBytes`: to the end of the record that reaches them. */
  run(maxBytes: number): void;
  /** Every field path so far, largest first. Own bytes (tags, lengths, values) add up to {@link position}. */
  entries(): SizeEntry[];
}

interface Node {
  readonly path: string;
  readonly children: Map<number, Node>;
  count: number;
  tagBytes: number;
  lengthBytes: number;
  valueBytes: number;
  totalBytes: number;
}

/** A message that is being read. */
interface Open {
  readonly node: Node;
  readonly table: MessageTable | undefined;
  /** Where its content begins. */
  readonly start: number;
  readonly end: number;
  /** Number of the group, 0 for a length-delimited message. */
  readonly group: number;
}

/** Field paths that are told apart; further ones are counted with the message around them. */
const maxPaths = 10_000;

/** What makes a message big: every field path with its bytes, largest first. Own bytes (tags, lengths, values) add up to the whole input. */
export function sizeBreakdown(index: WireIndex): SizeEntry[] {
  const breakdown = breakdownOf(index.bytes, index.root.table);
  breakdown.run(Number.POSITIVE_INFINITY);
  return breakdown.entries();
}

/** {@link sizeBreakdown} in slices, of bytes that need no index. Never throws. */
export function createBreakdown(bytes: Uint8Array, desc?: DescMessage, registry?: Registry): Breakdown {
  return breakdownOf(bytes, desc === undefined ? undefined : messageTable(desc, registry));
}

function breakdownOf(bytes: Uint8Array, table: MessageTable | undefined): Breakdown {
  const all: Node[] = [];
  const stack: Open[] = [{ node: nodeAt(""), table, start: 0, end: bytes.length, group: 0 }];
  let pos = 0;
  return {
    get position() {
      return pos;
    },
    get isDone() {
      return stack.length === 0;
    },
    run(maxBytes) {
      const until = pos + maxBytes;
      for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
        if (pos >= top.end) close(stack, pos);
        else if (pos >= until) return;
        else pos = countRecord(top);
      }
    },
    entries: () =>
      all
        .map(({ path, count: records, tagBytes, lengthBytes, valueBytes, totalBytes }) => ({
          path,
          count: records,
          tagBytes,
          lengthBytes,
          valueBytes,
          totalBytes,
        }))
        .toSorted((a, b) => b.totalBytes - a.totalBytes || (a.path < b.path ? -1 : 1)),
  };

  /** Counts the record at `pos`, or its head where it holds a message; the offset to go on at. */
  function countRecord({ node, table: around, end, group }: Open): number {
    const start = pos;
    const tagEnd = varintEnd(bytes, start, Math.min(end, start + 5));
    const tag = tagEnd < 0 ? 0 : readLength(bytes, start, tagEnd);
    if (tagEnd < 0 || tag > 0xffff_ffff) return count(childOf(node, 0, "#0"), start, start, start, end);
    const number = tag >>> 3;
    const wireType = tag & 7;
    if (wireType === 4 && number === group && group !== 0) {
      node.tagBytes += tagEnd - start;
      close(stack, tagEnd);
      return tagEnd;
    }
    const declared = around?.byNumber(number);
    const field = declared !== undefined && isReadable(declared, wireType) ? declared : undefined;
    const own = childOf(node, field === undefined ? -number : number, field?.name ?? `#${number}`);
    const inner = stack.length <= defaultMaxDepth ? field?.message : undefined;
    switch (wireType) {
      case 0: {
        const after = varintEnd(bytes, tagEnd, end);
        return count(own, start, tagEnd, tagEnd, after < 0 ? end : after);
      }
      case 1:
        return count(own, start, tagEnd, tagEnd, Math.min(end, tagEnd + 8));
      case 5:
        return count(own, start, tagEnd, tagEnd, Math.min(end, tagEnd + 4));
      case 2: {
        const after = varintEnd(bytes, tagEnd, end);
        const length = after < 0 ? 0 : readLength(bytes, tagEnd, after);
        if (after < 0 || length > end - after) return count(own, start, tagEnd, Math.max(after, tagEnd), end);
        if (inner === undefined) return count(own, start, tagEnd, after, after + length);
        count(own, start, tagEnd, after, after);
        stack.push({ node: own, table: inner(), start: after, end: after + length, group: 0 });
        return after;
      }
      case 3: {
        if (inner !== undefined) {
          count(own, start, tagEnd, tagEnd, tagEnd);
          stack.push({ node: own, table: inner(), start: tagEnd, end, group: number });
          return tagEnd;
        }
        const closed = closeGroup(bytes, tagEnd, end, number, defaultMaxDepth);
        return count(own, start, tagEnd, tagEnd, closed.end === -1 ? end : closed.end);
      }
      case 4:
        return count(own, start, tagEnd, tagEnd, tagEnd);
      default:
        return count(own, start, tagEnd, tagEnd, end);
    }
  }

  function childOf(parent: Node, key: number, name: string): Node {
    const known = parent.children.get(key);
    if (known !== undefined) return known;
    if (all.length >= maxPaths) return parent;
    const node = nodeAt(parent.path === "" || name.startsWith("#") || name.startsWith("[") ? parent.path + name : `${parent.path}.${name}`);
    parent.children.set(key, node);
    all.push(node);
    return node;
  }
}

function count(own: Node, start: number, tagEnd: number, valueStart: number, end: number): number {
  own.count++;
  own.tagBytes += tagEnd - start;
  own.lengthBytes += valueStart - tagEnd;
  own.valueBytes += end - valueStart;
  own.totalBytes += end - start;
  return end;
}

/** Ends the innermost message at `end`; its head was counted when it was opened. */
function close(stack: Open[], end: number): void {
  const closed = stack.pop();
  if (closed === undefined || stack.length === 0) return;
  closed.node.totalBytes += end - closed.start;
}

function nodeAt(path: string): Node {
  return { path, children: new Map(), count: 0, tagBytes: 0, lengthBytes: 0, valueBytes: 0, totalBytes: 0 };
}
