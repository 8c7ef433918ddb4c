import { countUnknown, sizeBreakdown, type SizeEntry, type Validation, type WireIndex } from "@rpcdeck/wire";

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

/** What has been found so far, final or not; undefined before the first word of it. */
export function soFarOf(check: MessageCheck): Validation | undefined {
  if (check.kind === "done") return check.validation();
  return check.kind === "failed" ? undefined : check.validation;
}

/** How many records of the top level are no field of the message type. */
export function unknownCount(index: WireIndex): number {
  return countUnknown(index, index.root);
}
