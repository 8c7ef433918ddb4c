import type { Convention } from "../convention.ts";
import type { Instance, RawRecord } from "../instance.ts";
import { grpcNaming } from "./grpc-naming.ts";
import { rpcx } from "./rpcx.ts";

/** All conventions that this gateway reads. A new one is one file and one line here. */
export const conventions: readonly Convention[] = [rpcx, grpcNaming];

/** What a record says. */
export interface ReadRecord {
  /** The record with the name of its convention; "" when none reads it. */
  readonly record: RawRecord;
  readonly instances: readonly Instance[];
}

/** Reads a record by the convention that is surest of it. `record.convention` is filled in. Never throws. */
export function readRecord(record: RawRecord, source: string, known: readonly Convention[] = conventions): ReadRecord {
  let best: Convention | undefined;
  let sureness = 0;
  for (const convention of known) {
    const found = convention.detect(record);
    if (found > sureness) {
      best = convention;
      sureness = found;
    }
  }
  if (best === undefined) {
    return { record, instances: [] };
  }
  const named = { ...record, convention: best.name };
  return { record: named, instances: best.toInstances(named, source) };
}
