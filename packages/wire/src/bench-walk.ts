import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { parse } from "./parse.ts";
import { validate } from "./validate.ts";

/** One timed run over a message. */
export interface WalkFigures {
  /** Decimal megabytes. */
  readonly megabytes: number;
  /** Records that the validating walk saw. */
  readonly records: number;
  /** Milliseconds of the validating walk, best of `runs`. */
  readonly walkMs: number;
  /** Milliseconds to index the top level, best of `runs`. */
  readonly indexMs: number;
  readonly topRecords: number;
}

/** Times the walk over a whole message and the index of its top level: the two things done when a message is opened. `now` is in milliseconds. */
export function timeWalk(
  bytes: Uint8Array,
  desc: DescMessage | undefined,
  options: { runs: number; now: () => number; registry?: Registry },
): WalkFigures {
  let walkMs = Number.POSITIVE_INFINITY;
  let indexMs = Number.POSITIVE_INFINITY;
  let records = 0;
  let topRecords = 0;
  for (let run = 0; run < options.runs; run++) {
    const start = options.now();
    records = validate(bytes, desc, options.registry === undefined ? {} : { registry: options.registry }).recordCount;
    const between = options.now();
    topRecords = parse(bytes, desc).root.count;
    const end = options.now();
    walkMs = Math.min(walkMs, between - start);
    indexMs = Math.min(indexMs, end - between);
  }
  return { megabytes: bytes.length / 1e6, records, walkMs, indexMs, topRecords };
}
