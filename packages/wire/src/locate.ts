import type { Diagnostic, Finding } from "./diagnostic.ts";
import type { WireIndex } from "./wire-index.ts";

/** Findings with the path of the innermost record at their offset. */
export function locate(index: Pick<WireIndex, "partAt" | "pathOf">, findings: readonly Finding[]): Diagnostic[] {
  return findings.map((finding) => {
    const part = index.partAt(finding.offset);
    return { ...finding, path: part === undefined ? "" : index.pathOf(part.record) };
  });
}
