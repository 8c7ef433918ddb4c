/** Something wrong with a file that was to become a schema. */
export interface SchemaProblem {
  /** Path as it was given; "" when it concerns no single file. */
  readonly path: string;
  /** From 1; 0 when not known. */
  readonly line: number;
  /** From 1; 0 when not known. */
  readonly column: number;
  readonly message: string;
}

/** A problem of a whole file. */
export function fileProblem(path: string, message: string): SchemaProblem {
  return { path, line: 0, column: 0, message };
}

/** A problem as compilers write it: `path:line:column: message`. */
export function describeSchemaProblem(problem: SchemaProblem): string {
  const place = problem.line === 0 ? problem.path : `${problem.path}:${problem.line}:${problem.column}`;
  return place === "" ? problem.message : `${place}: ${problem.message}`;
}
