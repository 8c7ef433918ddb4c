import type { Registry } from "@bufbuild/protobuf";

/** No more problems than this are listed; the rest is still kept as bytes. */
const maxProblems = 100;

/** Something in the bytes that is not as the schema says. Nothing is lost by it: the bytes stay as they are until the place is edited. */
export interface DecodeProblem {
  /** From the start of the document. */
  readonly offset: number;
  readonly message: string;
  /** Readers refuse the message for it; what else is odd they take. */
  readonly isBreak?: true;
}

/** What the parts of one reading share. */
export interface DecodeContext {
  readonly registry: Registry | undefined;
  readonly problems: DecodeProblem[];
}

/** Lists a problem while there is room for it. */
export function report(context: DecodeContext, problem: DecodeProblem): void {
  if (context.problems.length < maxProblems) context.problems.push(problem);
}
