import type { Registry } from "@bufbuild/protobuf";
import { severityOf, type DiagnosticCode, type Finding, type Severity } from "./diagnostic.ts";
import { explainFinding } from "./explain-finding.ts";
import type { WireField } from "./message-table.ts";
import type { Budget } from "./records-of.ts";

/** Where the findings of one walk go. */
export interface Sink {
  readonly bytes: Uint8Array;
  /** Added to offsets in words. */
  readonly origin: number;
  readonly registry: Registry | undefined;
  readonly budget: Budget;
  readonly maxFindings: number;
  readonly findings: Finding[];
  readonly counts: Record<Severity, number>;
}

/** Counts a finding, and words it while there is room. `limit` is the end of the message or value it is in. */
export function report(
  sink: Sink,
  code: DiagnosticCode,
  offset: number,
  limit: number,
  field: WireField | undefined,
  missing?: Finding["missing"],
): void {
  const severity = severityOf(code);
  sink.counts[severity]++;
  if (sink.findings.length >= sink.maxFindings) return;
  const words = explainFinding(sink.bytes, code, { offset, limit, field, origin: sink.origin });
  sink.findings.push({ code, severity, offset, ...words, ...(missing !== undefined && { missing }) });
}
