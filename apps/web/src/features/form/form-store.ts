import type { DescMessage, Registry } from "@bufbuild/protobuf";
import {
  type BytesNotation,
  decodeDocument,
  type DecodeProblem,
  encodeDocument,
  type FieldValue,
  missingRequired,
  sameScalar,
  type MessageValue,
  type Step,
  type TextProblem,
  updateIn,
} from "@rpcdeck/schema";
import { createFieldFilter, type FieldFilter } from "./field-filter.ts";

/** A text that is no value (yet): kept at its field, not in the document. */
export interface PendingText {
  readonly text: string;
  readonly problem: TextProblem;
}

/** Something that keeps the message from being what the form shows. */
export interface FormProblem {
  /** Field path, such as `phones[1].number`. */
  readonly path: string;
  readonly message: string;
  /** "text": what was typed is no value and is not in the message. "required": a required field is absent; it can still be sent. */
  readonly kind: "text" | "required";
}

/** A rule that a value breaks, found elsewhere (validation, the server's answer). */
export interface Violation {
  readonly path: string;
  readonly message: string;
}

/** What the form calls when something changes. */
export interface FormListener {
  readonly onChange: (message: Uint8Array) => void;
  readonly onSelectPath: (path: string) => void;
  readonly onProblems: (problems: readonly FormProblem[]) => void;
  /** The user wants to see an unknown field in its bytes. */
  readonly onInspect: (path: string) => void;
  /** An edit was refused, because the form is locked. */
  readonly onRefused: () => void;
}

/** How bytes are shown: as one text, or as the fields of a message. */
export type Notation = BytesNotation | "message";

/** The state of one form: the document as a tree, and what the user sees of it. */
export interface FormStore {
  readonly registry: Registry;
  readonly subscribe: (listener: () => void) => () => void;
  readonly document: () => MessageValue;
  readonly decodeProblems: () => readonly DecodeProblem[];
  /** Takes bytes that changed elsewhere; does nothing for those it gave out itself. */
  readonly load: (message: Uint8Array) => void;
  readonly listen: (listener: FormListener) => void;
  /** Changes the message that `steps` lead to, and gives out the new bytes. */
  readonly edit: (steps: readonly Step[], update: (message: MessageValue) => MessageValue) => void;
  readonly text: (path: string) => PendingText | undefined;
  readonly setText: (path: string, pending: PendingText | undefined) => void;
  /** Drops what was typed at a path and inside it. */
  readonly dropTexts: (path: string) => void;
  readonly isOpen: (path: string, initially: boolean) => boolean;
  readonly setOpen: (path: string, open: boolean) => void;
  readonly selected: () => string;
  /** The user moved to a field. */
  readonly select: (path: string) => void;
  /** Shows a place in its bytes. */
  readonly inspect: (path: string) => void;
  /** What is typed into the filter; "" leaves all fields. */
  readonly query: () => string;
  readonly setQuery: (query: string) => void;
  /** What the filter leaves; undefined while it is empty. */
  readonly filter: () => FieldFilter | undefined;
  /** Another view moved to a field. */
  readonly show: (path: string) => void;
  /** Lets nothing be changed, and marks paths whose values are not those of the bytes any more; undefined unlocks. */
  readonly lock: (stale: ReadonlySet<string> | undefined) => void;
  readonly isLocked: () => boolean;
  readonly isStale: (path: string) => boolean;
  readonly violationsAt: (path: string) => readonly Violation[];
  /** How many there are at a path and inside it. */
  readonly violationsIn: (path: string) => number;
  readonly setViolations: (violations: readonly Violation[]) => void;
  /** Value of a oneof member or an Any that was left for another, to come back to. */
  readonly kept: (key: string) => FieldValue | undefined;
  readonly keep: (key: string, value: FieldValue | undefined) => void;
  readonly notation: (path: string) => Notation;
  readonly setNotation: (path: string, notation: Notation) => void;
  /** Full name of the type that bytes at a path are shown as in the notation "message"; "" for none. */
  readonly packedType: (path: string) => string;
  readonly setPackedType: (path: string, typeName: string) => void;
  /** Whether Timestamps are shown in UTC or in the reader's zone. */
  readonly zone: () => "utc" | "local";
  readonly setZone: (zone: "utc" | "local") => void;
  /** Items of a list changed places: moves what is remembered of them. `to` is undefined for an item that is gone. */
  readonly moveItems: (listPath: string, to: (index: number) => number | undefined) => void;
}

interface Memory {
  texts: ReadonlyMap<string, PendingText>;
  open: ReadonlyMap<string, boolean>;
  kept: ReadonlyMap<string, FieldValue>;
  notations: ReadonlyMap<string, Notation>;
  packed: ReadonlyMap<string, string>;
}

/** What forms remembered when they were last closed, by the very bytes they showed: a form that comes back finds its texts again. */
const memories = new WeakMap<Uint8Array, Memory>();

let chosenZone: "utc" | "local" = "utc";

/** Makes the state of a form. */
export function createFormStore(desc: DescMessage, registry: Registry, message: Uint8Array): FormStore {
  const listeners = new Set<() => void>();
  let listener: FormListener | undefined;
  let bytes = message;
  let { message: tree, problems: decodeProblems } = decodeDocument(desc, registry, message);
  let memory: Memory = memories.get(message) ?? {
    texts: new Map(),
    open: new Map(),
    kept: new Map(),
    notations: new Map(),
    packed: new Map(),
  };
  let selectedPath = "";
  let stale: ReadonlySet<string> | undefined;
  let query = "";
  let filter: { readonly of: MessageValue; readonly query: string; readonly made: FieldFilter } | undefined;
  const currentFilter = (): FieldFilter | undefined => {
    if (query.trim() === "") return undefined;
    if (filter?.of !== tree || filter.query !== query) filter = { of: tree, query, made: createFieldFilter(tree, query) };
    return filter.made;
  };
  let violations: ReadonlyMap<string, readonly Violation[]> = new Map();

  const changed = () => {
    memories.set(bytes, memory);
    for (const call of listeners) call();
  };
  const reportProblems = () => {
    listener?.onProblems([
      ...[...memory.texts].map(([path, { problem }]): FormProblem => ({ path, message: problem.message, kind: "text" })),
      ...missingRequired(tree).map((path): FormProblem => ({ path, message: `${path} is required`, kind: "required" })),
    ]);
  };
  const setTexts = (texts: ReadonlyMap<string, PendingText>) => {
    memory = { ...memory, texts };
    changed();
    reportProblems();
  };

  return {
    registry,
    subscribe(call) {
      listeners.add(call);
      return () => listeners.delete(call);
    },
    document: () => tree,
    decodeProblems: () => decodeProblems,
    load(next) {
      if (next === bytes) return;
      const isCopy = sameScalar(next, bytes);
      bytes = next;
      if (isCopy) return;
      ({ message: tree, problems: decodeProblems } = decodeDocument(desc, registry, next));
      memory = { ...memory, texts: memories.get(next)?.texts ?? new Map() };
      changed();
      reportProblems();
    },
    listen(next) {
      listener = next;
      reportProblems();
    },
    edit(steps, update) {
      if (stale !== undefined) {
        listener?.onRefused();
        return;
      }
      const next = updateIn(tree, steps, update);
      if (next === tree) return;
      tree = next;
      bytes = encodeDocument(next);
      changed();
      listener?.onChange(bytes);
      reportProblems();
    },
    text: (path) => memory.texts.get(path),
    setText(path, pending) {
      if (stale !== undefined) return;
      if (pending === undefined && !memory.texts.has(path)) return;
      const texts = new Map(memory.texts);
      if (pending === undefined) texts.delete(path);
      else texts.set(path, pending);
      setTexts(texts);
    },
    dropTexts(path) {
      if (stale !== undefined) return;
      const texts = new Map([...memory.texts].filter(([at]) => !isAtOrIn(at, path)));
      if (texts.size !== memory.texts.size) setTexts(texts);
    },
    isOpen: (path, initially) => currentFilter()?.isOnWay(path) === true || (memory.open.get(path) ?? initially),
    setOpen(path, open) {
      memory = { ...memory, open: new Map(memory.open).set(path, open) };
      changed();
    },
    selected: () => selectedPath,
    select(path) {
      if (path === selectedPath) return;
      selectedPath = path;
      changed();
      listener?.onSelectPath(path);
    },
    inspect(path) {
      selectedPath = path;
      changed();
      listener?.onInspect(path);
    },
    query: () => query,
    setQuery(next) {
      query = next;
      changed();
    },
    filter: currentFilter,
    show(path) {
      if (path === selectedPath) return;
      selectedPath = path;
      const open = new Map(memory.open);
      for (let at = 0; at < path.length; at++) if (path[at] === "." || path[at] === "[") open.set(path.slice(0, at), true);
      memory = { ...memory, open };
      changed();
    },
    lock(next) {
      if (stale === next) return;
      stale = next;
      changed();
    },
    isLocked: () => stale !== undefined,
    isStale: (path) => stale?.has(path) === true,
    violationsAt: (path) => violations.get(path) ?? none,
    violationsIn(path) {
      let count = 0;
      for (const [at, found] of violations) if (isAtOrIn(at, path)) count += found.length;
      return count;
    },
    setViolations(next) {
      violations = Map.groupBy(next, (violation) => violation.path);
      changed();
    },
    kept: (key) => memory.kept.get(key),
    keep(key, value) {
      if (value !== undefined) memory = { ...memory, kept: new Map(memory.kept).set(key, value) };
    },
    notation: (path) => memory.notations.get(path) ?? "hex",
    setNotation(path, notation) {
      memory = { ...memory, notations: new Map(memory.notations).set(path, notation) };
      changed();
    },
    packedType: (path) => memory.packed.get(path) ?? "",
    setPackedType(path, typeName) {
      memory = { ...memory, packed: new Map(memory.packed).set(path, typeName) };
      changed();
    },
    zone: () => chosenZone,
    setZone(zone) {
      chosenZone = zone;
      changed();
    },
    moveItems(listPath, to) {
      if (stale !== undefined) return;
      memory = {
        texts: moved(memory.texts, listPath, to),
        open: moved(memory.open, listPath, to),
        kept: moved(memory.kept, listPath, to),
        notations: moved(memory.notations, listPath, to),
        packed: moved(memory.packed, listPath, to),
      };
      selectedPath = movedPath(selectedPath, listPath, to) ?? listPath;
    },
  };
}

const none: readonly Violation[] = [];

function isAtOrIn(path: string, outer: string): boolean {
  return path.startsWith(outer) && (path.length === outer.length || path[outer.length] === "." || path[outer.length] === "[");
}

function moved<Value>(
  map: ReadonlyMap<string, Value>,
  listPath: string,
  to: (index: number) => number | undefined,
): ReadonlyMap<string, Value> {
  const result = new Map<string, Value>();
  for (const [path, value] of map) {
    const at = movedPath(path, listPath, to);
    if (at !== undefined) result.set(at, value);
  }
  return result;
}

function movedPath(path: string, listPath: string, to: (index: number) => number | undefined): string | undefined {
  if (!path.startsWith(`${listPath}[`)) return path;
  const close = path.indexOf("]", listPath.length);
  const index = to(Number(path.slice(listPath.length + 1, close)));
  return index === undefined ? undefined : `${listPath}[${index}${path.slice(close)}`;
}
