/** Why a text is no value, and the character (from 0) where that shows. */
export interface TextProblem {
  readonly message: string;
  readonly position: number;
}

/** What a parser of typed text makes of it. */
export type Parsed<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly problem: TextProblem };

/** A parsed value. */
export function parsed<Value>(value: Value): Parsed<Value> {
  return { ok: true, value };
}

/** A refusal: fact first, then the rule. */
export function refused(message: string, position: number): { readonly ok: false; readonly problem: TextProblem } {
  return { ok: false, problem: { message, position } };
}
