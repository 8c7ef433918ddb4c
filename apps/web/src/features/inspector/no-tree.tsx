import { EmptyState } from "#ui/empty-state.tsx";
import type { MessageCheck } from "./message-check.ts";

/** Stands where the wire tree of a large message will be, or says why there is none. */
export function NoTree({ check, problem }: { check: MessageCheck; problem: string | undefined }) {
  if (problem !== undefined)
    return (
      <EmptyState icon="bytes" title="Too many fields for a tree">
        <p>{problem}</p>
      </EmptyState>
    );
  if (check.kind === "running") return <EmptyState icon="bytes" title="Indexing the message" />;
  return (
    <EmptyState icon="bytes" title="Not indexed">
      {check.kind === "failed" && <p>{check.reason}</p>}
    </EmptyState>
  );
}
