import type { WireIndex, WireLevel, WireRecord } from "@rpcdeck/wire";

/** Rows of the wire tree: every record of the open levels, in wire order. Its size depends on what is open, not on how many rows there are. */
export interface RowModel {
  readonly count: number;
  row(at: number): WireRecord | undefined;
  /** Row of a record; undefined while a container around it is closed. */
  rowOf(record: WireRecord): number | undefined;
  isOpen(record: WireRecord): boolean;
}

interface Node {
  readonly level: WireLevel;
  readonly rows: number;
  /** Open containers in order, with the rows their content takes. */
  readonly open: readonly { readonly at: number; readonly inside: Node }[];
}

/** Messages up to this size open all their containers by themselves. */
const opensAllUpToBytes = 4096;

/** What the user has opened (true) and closed (false), by path; it wins over what would be open by itself. */
export type Folds = ReadonlyMap<string, boolean>;

/** The rows of `index` under `folds`. */
export function createRowModel(index: WireIndex, folds: Folds): RowModel {
  const opensAll = index.bytes.length <= opensAllUpToBytes;
  const opened = new Map<number, WireRecord>();
  if (!opensAll) {
    for (const [path, isOpen] of folds) {
      const record = isOpen ? index.find(path) : undefined;
      if (record !== undefined) opened.set(record.start, record);
    }
  }
  const root = nodeOf(index.root);

  function nodeOf(level: WireLevel): Node {
    const open: { at: number; inside: Node }[] = [];
    let rows = level.count;
    const candidates = opensAll
      ? Array.from({ length: level.count }, (_, at) => index.record(level, at)).filter((record) => record !== undefined)
      : [...opened.values()].filter((record) => record.level === level).toSorted((a, b) => a.at - b.at);
    for (const record of candidates) {
      const inside = index.children(record);
      if (inside === undefined || inside.count === 0) continue;
      if (opensAll && folds.size > 0 && folds.get(index.pathOf(record)) === false) continue;
      const node = nodeOf(inside);
      open.push({ at: record.at, inside: node });
      rows += node.rows;
    }
    return { level, rows, open };
  }

  function row(at: number): WireRecord | undefined {
    let node = root;
    let rest = at;
    for (;;) {
      let before = 0; // rows that opened containers before `rest` take
      let next: Node | undefined;
      for (const { at: position, inside } of node.open) {
        const first = position + before + 1;
        if (rest < first) break;
        if (rest < first + inside.rows) {
          next = inside;
          rest -= first;
          break;
        }
        before += inside.rows;
      }
      if (next === undefined) return index.record(node.level, rest - before);
      node = next;
    }
  }

  function rowOf(record: WireRecord): number | undefined {
    const chain: WireRecord[] = [];
    for (let current: WireRecord | undefined = record; current !== undefined; current = current.level.parent) chain.unshift(current);
    let node: Node | undefined = root;
    let at = 0;
    for (const [depth, step] of chain.entries()) {
      if (node === undefined) return undefined;
      at += step.at;
      let inside: Node | undefined;
      for (const entry of node.open) {
        if (entry.at < step.at) at += entry.inside.rows;
        else if (entry.at === step.at) inside = entry.inside;
      }
      if (depth < chain.length - 1) at++;
      node = inside;
    }
    return at;
  }

  function isOpen(record: WireRecord): boolean {
    if (!opensAll) return opened.has(record.start);
    return (index.children(record)?.count ?? 0) > 0 && (folds.size === 0 || folds.get(index.pathOf(record)) !== false);
  }

  return { count: root.rows, row, rowOf, isOpen };
}
