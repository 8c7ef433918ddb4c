// How fast the wire parser walks a message, beside `protoc --decode_raw` and protobuf-es, on the same bytes in one run.
// Exits non-zero when it is not at least five times as fast as `protoc --decode_raw`.
import { spawnSync } from "node:child_process";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { AddressBookSchema, PersonSchema, PhoneType } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { parse } from "@rpcdeck/wire";
import { performance } from "node:perf_hooks";
import { protocBinary } from "../conformance/protoc-binary.ts";

const targetBytes = 16_000_000;
const rounds = 5;

const person = create(PersonSchema, {
  name: "Li Jiahao",
  id: 7,
  email: "lijiahao@example.com",
  phones: [
    { number: "15136588270", type: PhoneType.MOBILE },
    { number: "190019393", type: PhoneType.HOME },
  ],
  lastUpdated: { seconds: 1795326068n, nanos: 482000000 },
  labels: { team: "payments", floor: "3" },
  accountNumber: 18446744073709551615n,
});
const count = Math.ceil(targetBytes / (toBinary(PersonSchema, person).length + 2));
const bytes = toBinary(AddressBookSchema, create(AddressBookSchema, { people: Array.from({ length: count }, () => person) }));
const megabytes = bytes.length / 1e6;

// The verdict on the whole input visits every record at every depth.
const ours = best(() => {
  if (!parse(bytes, AddressBookSchema).validation().isValid) throw new Error("the message should be valid");
});
const es = best(() => fromBinary(AddressBookSchema, bytes));
const protoc = best(() => {
  const { status } = spawnSync(protocBinary().path, ["--decode_raw"], { input: bytes, maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error("protoc --decode_raw refused the input");
});

for (const [name, ms] of [
  ["packages/wire", ours],
  ["protobuf-es", es],
  ["protoc --decode_raw", protoc],
] as const) {
  console.log(`${name.padEnd(20)} ${ms.toFixed(0).padStart(6)} ms  ${((megabytes / ms) * 1000).toFixed(0).padStart(5)} MB/s`);
}
const ratio = protoc / ours;
console.log(
  `wire: ${megabytes.toFixed(1)} MB, ${ratio.toFixed(1)} times as fast as protoc --decode_raw (at least 5 wanted), ${(es / ours).toFixed(1)} times protobuf-es`,
);
process.exitCode = ratio >= 5 ? 0 : 1;

function best(work: () => unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    work();
    least = Math.min(least, performance.now() - started);
  }
  return least;
}
