import { create, createRegistry, toBinary, type DescMessage, type Registry } from "@bufbuild/protobuf";
import { AnySchema, anyPack, FileDescriptorProtoSchema, StructSchema, TimestampSchema, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { AddressBookSchema, file_pb_address_book, PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { KitchenSinkEditionsSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_editions_pb.ts";
import { file_rpcdeck_demo_v1_kitchen_sink, KitchenSinkSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";
import {
  file_rpcdeck_demo_v1_kitchen_sink_proto2,
  KitchenSinkProto2Schema,
} from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_proto2_pb.ts";
import { checkDocument } from "./check-document.ts";
import { checkEdit } from "./check-edits.ts";
import { checkFrames } from "./check-frames.ts";
import { checkInput, checkViews } from "./check-input.ts";
import { checkPastes } from "./check-pastes.ts";
import { checkPrepared } from "./check-prepared.ts";
import { createRandom, type Random } from "./random.ts";
import { mutate, randomMessage } from "./random-message.ts";

/** How many inputs {@link fuzzWire} tries, and which. */
export interface FuzzOptions {
  readonly runs: number;
  /** Input `i` is made from seed + i alone: `--seed S+i --runs 1` makes it again. */
  readonly seed: number;
  /** Told now and then how many inputs have been tried. */
  readonly onProgress?: (done: number) => void;
}

/** An input that breaks a promise. */
export interface FuzzFailure {
  readonly seed: number;
  readonly bytes: Uint8Array;
  readonly type: string;
  readonly problem: string;
}

/** What a run has tried and found. */
export interface FuzzTotals {
  readonly inputs: number;
  readonly bytes: number;
  readonly withSchema: number;
  /** The first 20. */
  readonly failures: readonly FuzzFailure[];
  readonly failed: number;
}

const keptFailures = 20;
/** Every this many inputs, what takes far longer than the tree is made too: all views of every record, an edit, pastes, frames, the document. */
const viewsEvery = 16;

const registry = createRegistry(
  file_pb_address_book,
  file_rpcdeck_demo_v1_kitchen_sink,
  file_rpcdeck_demo_v1_kitchen_sink_proto2,
  AnySchema,
  TimestampSchema,
  StructSchema,
);
const types: readonly (DescMessage | undefined)[] = [
  undefined,
  PersonSchema,
  AddressBookSchema,
  KitchenSinkSchema,
  KitchenSinkProto2Schema,
  KitchenSinkEditionsSchema,
  FileDescriptorProtoSchema,
  StructSchema,
  AnySchema,
];
const any = toBinary(AnySchema, anyPack(TimestampSchema, create(TimestampSchema, timestampFromMs(1_795_326_068_482))));

/** Tries random and mutated inputs, with and without a schema, against what the byte views promise of any bytes. */
export function fuzzWire({ runs, seed, onProgress }: FuzzOptions): FuzzTotals {
  const failures: FuzzFailure[] = [];
  let [bytesTried, withSchema, failed] = [0, 0, 0];
  for (let run = 0; run < runs; run++) {
    const random = createRandom(seed + run);
    const type = random.pick(types);
    const bytes = randomInput(type, random);
    const known = random.oneIn(2) ? registry : undefined;
    bytesTried += bytes.length;
    if (type !== undefined) withSchema++;
    const problem =
      checkInput(bytes, type, known) ?? ((seed + run) % viewsEvery === 0 ? checkMore(bytes, type, { registry: known, random }) : undefined);
    if (problem !== undefined) {
      failed++;
      if (failures.length < keptFailures) failures.push({ seed: seed + run, bytes, type: type?.typeName ?? "no schema", problem });
    }
    if (onProgress !== undefined && (run + 1) % 100_000 === 0) onProgress(run + 1);
  }
  return { inputs: runs, bytes: bytesTried, withSchema, failures, failed };
}

function checkMore(
  bytes: Uint8Array,
  type: DescMessage | undefined,
  { registry: known, random }: { registry: Registry | undefined; random: Random },
): string | undefined {
  try {
    return (
      checkViews(bytes, type, known) ??
      checkPrepared(bytes, type, known) ??
      checkEdit(bytes, type, { registry: known, random }) ??
      checkPastes(bytes) ??
      checkFrames(bytes, random) ??
      (type === undefined ? undefined : checkDocument(bytes, type, known))
    );
  } catch (error) {
    return `threw ${error instanceof Error ? error.stack : String(error)}`;
  }
}

/** Random bytes, messages of the type or of another one, and both with a few bytes changed. */
function randomInput(type: DescMessage | undefined, random: Random): Uint8Array {
  switch (random.below(8)) {
    case 0:
      return Uint8Array.from({ length: random.below(48) }, () => random.below(256));
    case 1:
      return mutate(any, random);
    case 2:
      return mutate(randomMessage(random.pick(types), random), random);
    case 3:
      return randomMessage(type, random, registry);
    default:
      return mutate(randomMessage(type, random, registry), random);
  }
}
