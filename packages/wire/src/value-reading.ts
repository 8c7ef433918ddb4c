import type { ReadAs } from "./read-as.ts";

/** One way to read the bytes of a value. */
export interface Reading {
  /** Name of the type: "string", "sint64", "packed double", "time". */
  readonly as: string;
  /** What `readAs` takes to choose it; undefined for what only a schema can say, and for what is shown but cannot be chosen. */
  readonly readAs: ReadAs | undefined;
  readonly text: string;
  readonly tone: "string" | "number" | "quiet";
  /** Why this reading is or is not the chosen one; may be "". */
  readonly why: string;
  /** What the tree shows. At most one, the first. */
  readonly isChosen: boolean;
  /** What it would most likely be otherwise. At most one, after the chosen one. */
  readonly isRunnerUp: boolean;
  /** Adds little: it reads the same as one before it, as int32 and int64 of a small number do, or is unlikely. These come last. */
  readonly isMinor: boolean;
}

/** A reading that may be chosen, or come second, when all are known. */
export interface Candidate {
  readonly as: string;
  readonly readAs?: ReadAs | undefined;
  readonly text: string;
  readonly tone: Reading["tone"];
  readonly why?: string;
  readonly isUnlikely?: boolean;
}
