import { spawnSync } from "node:child_process";
import { performance } from "node:perf_hooks";
import { fromBinary } from "@bufbuild/protobuf";
import { AddressBookSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { timeWalk } from "@rpcdeck/wire";
import { protocBinary } from "../conformance/protoc-binary.ts";
import { addressBook } from "./address-book.ts";

const targetBytes = 16_000_000;
const rounds = 5;

/** What a run beside other readers showed. */
export interface NodeFigures {
  readonly megabytes: number;
  /** How many times as fast as `protoc --decode_raw`, its start included. */
  readonly timesProtoc: number;
  readonly timesProtobufEs: number;
}

/** The validating walk of packages/wire beside `protoc --decode_raw` and protobuf-es, on the same bytes in one run. Prints a line for each. */
export function measureInNode(): NodeFigures {
  const bytes = addressBook(targetBytes);
  const megabytes = bytes.length / 1e6;
  const { walkMs } = timeWalk(bytes, AddressBookSchema, { runs: rounds, now: () => performance.now() });
  const es = best(() => fromBinary(AddressBookSchema, bytes));
  const protoc = best(() => {
    const { status } = spawnSync(protocBinary().path, ["--decode_raw"], { input: bytes, maxBuffer: 1 << 30 });
    if (status !== 0) throw new Error("protoc --decode_raw refused the input");
  });
  for (const [name, ms] of [
    ["packages/wire", walkMs],
    ["protobuf-es", es],
    ["protoc --decode_raw", protoc],
  ] as const) {
    console.log(`${name.padEnd(20)} ${ms.toFixed(0).padStart(6)} ms  ${((megabytes / ms) * 1000).toFixed(0).padStart(5)} MB/s`);
  }
  return { megabytes, timesProtoc: protoc / walkMs, timesProtobufEs: es / walkMs };
}

function best(work: () => unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    work();
    least = Math.min(least, performance.now() - started);
  }
  return least;
}
