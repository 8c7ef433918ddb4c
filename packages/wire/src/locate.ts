import type { Diagnostic, Finding } from "./diagnostic.ts";
import { joinPath } from "./path-text.ts";
import type { WireIndex } from "./wire-index.ts";

/** Findings with the path of the innermost record at their offset; with that of the field itself where a required one is missing. */
export function locate(index: Pick<WireIndex, "partAt" | "pathOf">, findings: readonly Finding[]): Diagnostic[] {
  return findings.map((finding) => ({ ...finding, path: pathOfFinding(index, finding) }));
}

function pathOfFinding(index: Pick<WireIndex, "partAt" | "pathOf">, { offset, missing }: Finding): string {
  const found = missing?.isOutermost === true ? undefined : index.partAt(offset)?.record;
  if (missing === undefined) return found === undefined ? "" : index.pathOf(found);
  // What is in the value of a map entry has the path of the entry before it.
  const entry = found?.level.table?.isMapEntry === true ? found.level.parent : found;
  return joinPath(entry === undefined ? "" : index.pathOf(entry), missing.field);
}
