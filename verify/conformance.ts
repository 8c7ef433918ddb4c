import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createFileRegistry, fromBinary, type DescMessage, type FileRegistry } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { fromProtoscope, parse, toProtoscope, type WireIndex } from "@rpcdeck/wire";

/** The recorded suite: inputs in hex by type, apart by the verdict that the suite's runner wants. */
interface Corpus {
  readonly suite: string;
  readonly types: Readonly<Record<string, { readonly valid: readonly string[]; readonly invalid: readonly string[] }>>;
}

/** What went right, of how many. */
export interface Score {
  readonly passed: number;
  readonly failures: readonly string[];
}

/** Verdicts and round trips over the official suite's binary inputs. */
export interface ConformanceScores {
  readonly suite: string;
  readonly inputs: number;
  readonly rejected: number;
  readonly scores: Readonly<Record<"verdict" | "tree to bytes" | "Protoscope", Score>>;
}

const corpus = join(import.meta.dirname, "corpus");

/** The types of protobuf's conformance suite. */
export function testMessages(): FileRegistry {
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(join(corpus, "test-messages.binpb"))));
}

/** Holds packages/wire against the recorded inputs: the suite's verdict, and identical bytes from the tree and from Protoscope text, both with and without the schema. */
export function scoreConformance(): ConformanceScores {
  const { suite, types } = JSON.parse(readFileSync(join(corpus, "conformance.json"), "utf8")) as Corpus;
  const registry = testMessages();
  const failures = { verdict: [] as string[], "tree to bytes": [] as string[], Protoscope: [] as string[] };
  let [inputs, rejected] = [0, 0];
  for (const [name, { valid, invalid }] of Object.entries(types)) {
    const type = registry.getMessage(name) as DescMessage;
    const wanted = [...valid.map((hex) => ({ hex, isWanted: true })), ...invalid.map((hex) => ({ hex, isWanted: false }))];
    rejected += invalid.length;
    for (const { hex, isWanted } of wanted) {
      inputs++;
      const bytes = new Uint8Array(Buffer.from(hex, "hex"));
      const index = parse(bytes, type, { registry });
      if (index.validation().isValid !== isWanted) {
        failures.verdict.push(`${name} ${hex}: ${isWanted ? "to accept" : "to reject"}; ${JSON.stringify(index.diagnostics())}`);
      }
      for (const view of [index, parse(bytes)]) {
        const tree = bytesOfTree(view);
        if (Buffer.compare(tree, bytes) !== 0) failures["tree to bytes"].push(`${name} ${hex}: ${Buffer.from(tree).toString("hex")}`);
        const back = fromProtoscope(toProtoscope(view));
        if (!("bytes" in back) || Buffer.compare(back.bytes, bytes) !== 0)
          failures.Protoscope.push(`${name} ${hex}: ${toProtoscope(view)}`);
      }
    }
  }
  const score = (list: readonly string[]): Score => ({
    passed: inputs - new Set(list.map((line) => line.split(":")[0])).size,
    failures: list,
  });
  return {
    suite,
    inputs,
    rejected,
    scores: { verdict: score(failures.verdict), "tree to bytes": score(failures["tree to bytes"]), Protoscope: score(failures.Protoscope) },
  };
}

/** The bytes of the innermost parts, one after another. */
function bytesOfTree(index: WireIndex): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; ;) {
    const part = index.partAt(at);
    if (part === undefined) return Buffer.concat(parts);
    parts.push(index.bytes.subarray(part.start, part.end));
    at = Math.max(part.end, at + 1);
  }
}
