import { countUnknown, locate, sizeBreakdown, type Diagnostic, type SizeEntry, type Validation, type WireIndex } from "@rpcdeck/wire";

/** What is known of a message as a whole. Small messages are checked when somebody asks, large ones in a worker. */
export type MessageCheck =
  | {
      readonly kind: "running";
      /** What is being done: copying and indexing, then looking for findings, then adding up sizes. */
      readonly phase: "index" | "findings" | "sizes";
      readonly doneBytes: number;
      /** Of the phase. */
      readonly totalBytes: number;
      /** What has been found so far; final in the phase "sizes". */
      readonly validation: Validation | undefined;
      readonly cancel: () => void;
    }
  | { readonly kind: "cancelled"; readonly validation: Validation | undefined; readonly resume: () => void }
  | { readonly kind: "failed"; readonly reason: string }
  | {
      readonly kind: "done";
      readonly validation: () => Validation;
      /** Every field path with its bytes, largest first. */
      readonly sizes: () => readonly SizeEntry[];
      /** Of the walk; undefined where it was made on the way. */
      readonly tookMs: number | undefined;
    };

/** The check of a message that is small enough to be read at once. */
export function checkOf(index: WireIndex): MessageCheck {
  let sizes: readonly SizeEntry[] | undefined;
  return {
    kind: "done",
    validation: () => index.validation(),
    sizes: () => (sizes ??= sizeBreakdown(index)),
    tookMs: undefined,
  };
}

/** The verdict, as soon as it is final; undefined before, and where it was not reached. */
export function verdictOf(check: MessageCheck): Validation | undefined {
  if (check.kind === "done") return check.validation();
  return check.kind === "running" && check.phase === "sizes" ? check.validation : undefined;
}

/** The findings so far, with their paths; without an index these are empty. */
export function findingsOf(index: WireIndex | undefined, check: MessageCheck): readonly Diagnostic[] {
  const validation = check.kind === "done" ? check.validation() : check.kind === "failed" ? undefined : check.validation;
  if (validation === undefined) return [];
  if (index === undefined) return validation.findings.map((finding) => ({ ...finding, path: "" }));
  let located = locatedOf.get(validation);
  if (located?.index !== index) {
    located = { index, findings: locate(index, validation.findings) };
    locatedOf.set(validation, located);
  }
  return located.findings;
}

const locatedOf = new WeakMap<Validation, { readonly index: WireIndex; readonly findings: readonly Diagnostic[] }>();

/** How many records of the top level are no field of the message type. */
export function unknownCount(index: WireIndex): number {
  return countUnknown(index, index.root);
}
