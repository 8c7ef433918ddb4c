import type { MessageTable } from "./message-table.ts";
import { recordFlags, scanLevel } from "./scan-level.ts";
import { isReadable } from "./validate.ts";
import { varintEnd } from "./varint.ts";
import type { WireIndex } from "./wire-index.ts";
import { wireTypes } from "./wire-type.ts";

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

interface Node {
  readonly path: string;
  readonly children: Map<number, Node>;
  count: number;
  tagBytes: number;
  lengthBytes: number;
  valueBytes: number;
  totalBytes: number;
}

/** Field paths that are told apart; further ones are counted with the message around them. */
const maxPaths = 10_000;

/** What makes a message big: every field path with its bytes, largest first. Own bytes (tags, lengths, values) add up to the whole input. */
export function sizeBreakdown(index: WireIndex): SizeEntry[] {
  const { bytes } = index;
  const root = nodeAt("");
  const all: Node[] = [];
  const stack: {
    at: number;
    readonly level: ReturnType<typeof scanLevel>;
    readonly table: MessageTable | undefined;
    readonly node: Node;
  }[] = [{ at: 0, level: index.root, table: index.root.table, node: root }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const { level, table, node } = top;
    if (top.at >= level.count) {
      stack.pop();
      continue;
    }
    const at = top.at++;
    const tag = level.tags[at] as number;
    const start = level.starts[at] as number;
    const valueStart = level.valueStarts[at] as number;
    const end = level.ends[at] as number;
    const number = tag >>> 3;
    const declared = table?.byNumber(number);
    const field = declared !== undefined && isReadable(declared, tag & 7) ? declared : undefined;
    const own = childOf(node, field === undefined ? -number : number, field?.name ?? `#${number}`);
    own.count++;
    own.totalBytes += end - start;
    const isMalformed = ((level.flags[at] as number) & recordFlags.malformed) !== 0;
    const tagEnd = isMalformed && valueStart === start ? start : Math.min(varintEnd(bytes, start, end), valueStart);
    own.tagBytes += tagEnd - start;
    own.lengthBytes += valueStart - tagEnd;
    const isMessage = !isMalformed && stack.length <= 100 && field?.message !== undefined;
    if (!isMessage) {
      own.valueBytes += end - valueStart;
      continue;
    }
    let contentEnd = end;
    if ((tag & 7) === wireTypes.startGroup) {
      contentEnd = endTagStart(bytes, valueStart, end);
      own.tagBytes += end - contentEnd;
    }
    stack.push({ at: 0, level: scanLevel(bytes, valueStart, contentEnd), table: field.message?.(), node: own });
  }
  return all
    .map(({ path, count, tagBytes, lengthBytes, valueBytes, totalBytes }) => ({
      path,
      count,
      tagBytes,
      lengthBytes,
      valueBytes,
      totalBytes,
    }))
    .toSorted((a, b) => b.totalBytes - a.totalBytes);

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

function nodeAt(path: string): Node {
  return { path, children: new Map(), count: 0, tagBytes: 0, lengthBytes: 0, valueBytes: 0, totalBytes: 0 };
}

/** Where the end tag of a well-formed group begins: it is the last record before `end`. */
function endTagStart(bytes: Uint8Array, start: number, end: number): number {
  const { count, starts } = scanLevel(bytes, start, end);
  return count === 0 ? end : (starts[count - 1] as number);
}
