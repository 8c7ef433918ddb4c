import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fromBinary, type DescMessage, type Registry } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { decodeDocument, printText } from "@rpcdeck/schema";
import {
  compareCanonical,
  contentFromBytes,
  linesFromProtoc,
  messageTable,
  parse,
  readingDifferences,
  valueLines,
  type ReadingDifference,
  type ValueLine,
} from "@rpcdeck/wire";
import { testMessages } from "./conformance.ts";
import { explanations, type Disagreement } from "./protoc-explanations.ts";
import { createProtocJudge, type ProtocVerdict } from "./protoc-judge.ts";
import { createRandom } from "./random.ts";
import { mutate, randomMessage } from "./random-message.ts";

/** How many messages {@link compareWithProtoc} tries, and which. */
export interface CompareOptions {
  readonly runs: number;
  /** Message `i` is made from seed + i alone: `--seed S+i --runs 1` makes it again. */
  readonly seed: number;
  /** Told now and then how many messages have been compared. */
  readonly onProgress?: (done: number) => void;
}

/** How often a known reason to disagree was met, and a message that shows it. */
export interface Explained {
  readonly messages: number;
  readonly example: string;
}

/** What a run has found. */
export interface CompareTotals {
  readonly compared: number;
  /** By protoc. */
  readonly accepted: number;
  readonly rejected: number;
  /** Values that protoc has printed for the accepted ones. */
  readonly values: number;
  readonly explained: ReadonlyMap<string, Explained>;
  /** Messages with a disagreement that nothing explains. */
  readonly unexplained: readonly string[];
  /** protoc processes. */
  readonly processes: number;
}

interface Case {
  readonly seed: number;
  readonly bytes: Uint8Array;
}

const batchSize = 50;
/** Every so many batches, one message of it is judged by itself too. */
const aloneEvery = 4;
/** Processes at once. */
const parallel = 2;

/** proto2, proto3 and editions: the types of protobuf's conformance suite that have every kind of field. */
export function comparedTypes(registry: Registry): DescMessage[] {
  return [...registry].filter(
    (type): type is DescMessage => type.kind === "message" && /\.TestAllTypes(?:Proto\d|Edition\d+)$/u.test(type.typeName),
  );
}

/**
 * Compares our reading of random messages, half of them mutated, with that of `protoc --decode`: the verdict; for what both accept, every
 * value of the wire tree and of the form, unknown fields included; and what protoc reads from our canonical bytes.
 */
export async function compareWithProtoc({ runs, seed, onProgress }: CompareOptions): Promise<CompareTotals> {
  const registry = testMessages();
  const set = fromBinary(FileDescriptorSetSchema, readFileSync(join(import.meta.dirname, "corpus/test-messages.binpb")));
  const types = comparedTypes(registry);
  const judge = createProtocJudge(set, types);
  const explained = new Map<string, { messages: number; example: string }>();
  const unexplained: string[] = [];
  let [compared, accepted, rejected, values] = [0, 0, 0, 0];
  try {
    const tasks = tasksFor(types, registry, { runs, seed });
    const workers = Array.from({ length: parallel }, async () => {
      for (let task = tasks.next(); task.done !== true; task = tasks.next()) await task.value();
    });
    await Promise.all(workers);
  } finally {
    judge.close();
  }
  return { compared, accepted, rejected, values, explained, unexplained, processes: judge.runs() };

  /** Pieces of work that may run side by side: batches of what we accept, and one message each of what we refuse. */
  function* tasksFor(
    all: readonly DescMessage[],
    known: Registry,
    { runs: count, seed: first }: CompareOptions,
  ): Generator<() => Promise<void>> {
    const waiting = new Map<DescMessage, Case[]>(all.map((type) => [type, []]));
    let batches = 0;
    const batch = (type: DescMessage, cases: readonly Case[]) => async () => {
      const verdicts = await judge.decodeAll(
        type,
        cases.map(({ bytes }) => bytes),
      );
      const canonical = cases.map(({ bytes }) => canonicalOf(type, bytes));
      const again = await judge.decodeAll(type, canonical);
      if (batches++ % aloneEvery === 0) await checkAlone(type, cases[0], verdicts[0]);
      for (const [at, one] of cases.entries()) settle(type, one, verdicts[at], again[at]);
    };
    for (let run = 0; run < count; run++) {
      const random = createRandom(first + run);
      const type = random.pick(all);
      const whole = randomMessage(type, random, known);
      const one = { seed: first + run, bytes: random.oneIn(2) ? whole : mutate(whole, random) };
      if (!parse(one.bytes, type, { registry: known }).validation().isValid) {
        yield async () => {
          settle(type, one, await judge.decode(type, one.bytes), undefined);
        };
        continue;
      }
      const list = waiting.get(type) as Case[];
      list.push(one);
      if (list.length === batchSize) yield batch(type, list.splice(0));
    }
    for (const [type, list] of waiting) if (list.length > 0) yield batch(type, list);
  }

  function canonicalOf(type: DescMessage, bytes: Uint8Array): Uint8Array {
    const comparison = compareCanonical(bytes, type, { registry });
    return comparison.kind === "compared" ? comparison.bytes : bytes;
  }

  /** A message must read the same by itself and among others. */
  async function checkAlone(type: DescMessage, one: Case | undefined, verdict: ProtocVerdict): Promise<void> {
    if (one === undefined) return;
    const alone = await judge.decode(type, one.bytes);
    if (alone !== verdict) unexplained.push(`${nameOf(type, one)}: protoc reads it differently by itself: ${alone} and ${verdict}`);
  }

  function settle(type: DescMessage, one: Case, verdict: ProtocVerdict, canonical: ProtocVerdict): void {
    if (++compared % 1000 === 0) onProgress?.(compared);
    if (verdict === undefined) rejected++;
    else accepted++;
    const reasons = new Set<string>();
    const problems: string[] = [];
    for (const disagreement of disagreements(type, one.bytes, verdict, canonical)) {
      const known = explanations.find((explanation) => explanation.explains(disagreement));
      if (known !== undefined) reasons.add(known.name);
      else problems.push(describe(disagreement));
    }
    for (const reason of reasons) {
      const entry = explained.get(reason);
      if (entry === undefined) explained.set(reason, { messages: 1, example: nameOf(type, one) });
      else entry.messages++;
    }
    if (problems.length > 0) unexplained.push(`${nameOf(type, one)}: ${problems.join("; ")}`);
  }

  function disagreements(type: DescMessage, bytes: Uint8Array, verdict: ProtocVerdict, canonical: ProtocVerdict): Disagreement[] {
    const index = parse(bytes, type, { registry });
    const common = { type, registry, bytes, index };
    const protocAccepts = verdict !== undefined;
    if (protocAccepts !== index.validation().isValid) return [{ ...common, about: "verdict", protocAccepts }];
    if (verdict === undefined) return [];
    const table = messageTable(type, registry);
    const theirs = linesFromProtoc(verdict, table);
    if (theirs === undefined) throw new Error(`protoc's text of ${type.typeName} is not understood: ${verdict}`);
    values += theirs.length;
    const found: Disagreement[] = [];
    const note = (about: "tree" | "form" | "canonical", list: readonly ReadingDifference[]): void => {
      for (const difference of list) found.push({ ...common, about, difference });
    };
    note("tree", readingDifferences(valueLines(contentFromBytes(index).content), theirs));
    const form = linesFromProtoc(printText(decodeDocument(type, registry, bytes).message, undefined), table) ?? [];
    note("form", readingDifferences(knownOf(form), knownOf(theirs)));
    const again = canonical === undefined ? [] : (linesFromProtoc(canonical, table) ?? []);
    note("canonical", readingDifferences(again, theirs));
    return found;
  }
}

/** What the text format can say: no unknown fields. Whether a message without known fields is there cannot be told from that. */
function knownOf(lines: readonly ValueLine[]): ValueLine[] {
  return lines.filter(({ path, text }) => !/(?:^|[^"])#\d/u.test(path) && text !== "{}");
}

function nameOf(type: DescMessage, { seed, bytes }: Case): string {
  return `--seed ${seed} (${type.typeName.split(".").slice(1).join(".")}) ${Buffer.from(bytes).toString("hex")}`;
}

function describe(disagreement: Disagreement): string {
  if (disagreement.about === "verdict") {
    const [first] = disagreement.index.diagnostics().filter(({ severity }) => severity === "error");
    return disagreement.protocAccepts ? `protoc accepts it, we do not: ${first?.code} at ${first?.offset}` : "protoc refuses it, we do not";
  }
  const { path, ours, theirs } = disagreement.difference;
  return `${disagreement.about} ${path}: ours ${ours}, protoc's ${theirs}`;
}
