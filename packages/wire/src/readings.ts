import { decideReading, type Decision } from "./decide-reading.ts";
import { fixedReadings } from "./fixed-readings.ts";
import { guessLen, type LenGuess } from "./guess.ts";
import { lenReadings } from "./len-readings.ts";
import type { WireField } from "./message-table.ts";
import { messageText } from "./message-text.ts";
import { packedText } from "./packed-text.ts";
import { isScalarReading, messageTypeOf, packedTypeOf, type ReadAs } from "./read-as.ts";
import { countPacked } from "./scan-packed.ts";
import type { Candidate, Reading } from "./value-reading.ts";
import { countText, hexText, quoted, valueText } from "./value-text.ts";
import { varintReadings } from "./varint-readings.ts";
import { wellKnownText } from "./well-known.ts";
import type { WireIndex, WireRecord } from "./wire-index.ts";

/** Values that are looked into for a runner-up when something else than the guess has decided. */
const maxGuessBytes = 64 * 1024;

/**
 * Every reading of a record's value that its bytes allow: the chosen one first, with who chose it and why, then the runner-up, then the
 * others; those that add little come last. Empty where nothing can be read.
 */
export function readings(index: WireIndex, record: WireRecord): Reading[] {
  if (record.isMalformed && index.children(record) === undefined) return [];
  const { wireType, valueStart: start, end } = record;
  const decision = decideReading(index, record);
  switch (wireType) {
    case 0: {
      const declared = decision.by === "schema" ? decision.field : declaredOf(record);
      return ranked(decided(decision, varintReadings(index.bytes, start, end, declared)), declared);
    }
    case 1:
    case 5:
      return ranked(decided(decision, fixedReadings(index.bytes, start, end)), declaredOf(record));
    case 2:
      return lenList(index, record, decision);
    case 3: {
      const inside = index.children(record);
      const why = decision.by === "schema" ? `as declared · ${decision.field.message?.().typeName}` : "no schema";
      return inside === undefined ? [] : ranked([{ as: "group", text: countText(inside), tone: "quiet", why }], undefined);
    }
    default:
      return [];
  }
}

/** The field that the schema declares, also where the user reads its elements as something else. */
function declaredOf({ level, field }: WireRecord): WireField | undefined {
  if (level.kind !== "packed") return field;
  return level.parent?.field?.isPackable === true ? level.parent.field : undefined;
}

/** `list` with the decided reading in front, and why. */
function decided(decision: Decision, list: readonly Candidate[]): Candidate[] {
  const as = decision.by === "schema" ? decision.field.type : decision.as;
  const who = decision.by === "schema" ? "as declared" : decision.by === "user" ? "your choice" : "no schema";
  const chosen = list.find((candidate) => candidate.as === as);
  if (chosen === undefined) return [...list];
  const why = [who, chosen.why ?? ""].filter((part) => part !== "").join(" · ");
  return [{ ...chosen, why }, ...list.filter((candidate) => candidate !== chosen)];
}

/** Readings of candidates in order of likelihood, the first one chosen. */
function ranked(candidates: readonly Candidate[], declared: WireField | undefined): Reading[] {
  const first: Reading[] = [];
  const minor: Reading[] = [];
  for (const candidate of candidates) {
    const { as, readAs, text, tone, why = "", isUnlikely = false } = candidate;
    const isChosen = candidate === candidates[0];
    const isMinor = !isChosen && (isUnlikely || first.some((known) => known.text === text && known.tone === tone));
    const isRunnerUp = !isChosen && !isMinor && !first.some((known) => known.isRunnerUp);
    const isDeclared = !isChosen && declared !== undefined && (as === declared.type || readAs === `packed ${declared.type}`);
    const said = isDeclared ? ["as declared", why].filter((part) => part !== "").join(" · ") : why;
    (isMinor ? minor : first).push({ as, readAs, text, tone, why: said, isChosen, isRunnerUp, isMinor });
  }
  return [...first, ...minor];
}

function lenList(index: WireIndex, record: WireRecord, decision: Decision): Reading[] {
  const { bytes } = index;
  const { valueStart: start, end } = record;
  const guess = record.field === undefined || end - start > maxGuessBytes ? index.guess(record) : guessLen(bytes, start, end);
  const likely = likelyOrder(guess);
  const all = start === end && decision.by !== "guess" ? [] : lenReadings({ bytes, start, end, origin: index.origin });
  const declared = record.field === undefined ? undefined : declaredReading(index, record, record.field);
  const chosen = chosenReading(index, record, decision, { declared, all, guess });
  const others = [
    ...(declared === undefined || declared === chosen ? [] : [declared]),
    ...likely.flatMap((as) => all.filter((candidate) => candidate.as === as)),
    ...all,
  ].filter((candidate, at, list) => candidate.as !== chosen.as && list.findIndex(({ as }) => as === candidate.as) === at);
  // The declared reading says so itself.
  return ranked([chosen, ...others], undefined);
}

/** The guess, what it may be more exactly, and what comes second. */
function likelyOrder(guess: LenGuess | undefined): readonly (ReadAs | undefined)[] {
  switch (guess?.chosen) {
    case "message":
      return ["message", "any", "map entry", guess.runnerUp];
    case "bytes":
      return ["bytes", "stream", guess.runnerUp];
    default:
      return [guess?.chosen, guess?.runnerUp];
  }
}

function chosenReading(
  index: WireIndex,
  record: WireRecord,
  decision: Decision,
  known: { declared: Candidate | undefined; all: readonly Candidate[]; guess: LenGuess | undefined },
): Candidate {
  const { bytes } = index;
  const { valueStart: start, end } = record;
  if (decision.by === "schema" && known.declared !== undefined) {
    // What an Any holds is read as its type says.
    const content = record.field?.message === undefined ? index.children(record) : undefined;
    if (content?.kind !== "message") return known.declared;
    return {
      as: "message",
      readAs: "message",
      text: valueText(index, record).text,
      tone: "quiet",
      why: `of the type URL · ${content.table?.typeName ?? "no schema"}`,
    };
  }
  const as = decision.by === "schema" ? "bytes" : decision.as;
  const found = known.all.find((candidate) => candidate.as === as);
  const why = decision.by === "user" ? "your choice" : record.level.kind === "stream" ? "of a stream" : guessWhy(known.guess, found?.why);
  if (found !== undefined) return { ...found, why };
  const inside = index.children(record);
  const packedType = as === "group" ? undefined : packedTypeOf(as);
  const text =
    packedType !== undefined
      ? packedText(bytes, { start, end }, packedType)
      : as === "string"
        ? quoted(bytes, start, end)
        : inside === undefined
          ? hexText(bytes, start, end)
          : as === "stream"
            ? countText(inside)
            : valueText(index, record).text;
  const typeName = as === "group" ? undefined : messageTypeOf(as);
  const facts = typeName !== undefined && inside?.table?.typeName !== typeName ? `${why} · no type ${typeName} is known` : why;
  return {
    as,
    readAs: as === "group" ? undefined : as,
    text,
    tone: as === "string" ? "string" : packedType === undefined ? "quiet" : "number",
    why: facts,
  };
}

function guessWhy(guess: LenGuess | undefined, why: string | undefined): string {
  const pool = guess?.pool;
  const own = guess?.chosen === "message" ? (guess.parses ? "parses, and is no text" : "does not parse") : (why ?? "");
  if (guess === undefined || pool === undefined) return `no schema · ${own}`;
  const { looked } = pool;
  const values = looked === 1 ? "1 value" : `${looked} values`;
  switch (guess.chosen) {
    case "message":
      return `no schema · ${pool.parsing} of ${values} of this field parse${guess.parses ? "" : `, this one ${own}`}`;
    case "string":
      return `no schema · ${pool.text} of ${values} of this field are text · ${own}`;
    case "bytes":
      return `no schema · ${looked - pool.text} of ${values} of this field are no text, ${looked - pool.parsing} do not parse`;
  }
}

/** What the schema says of a length-delimited value. */
function declaredReading(index: WireIndex, record: WireRecord, field: WireField): Candidate {
  const { bytes } = index;
  const { valueStart: start, end } = record;
  if (field.message !== undefined) {
    const what = field.shape === "map" ? "map entry" : "message";
    const isAsDeclared = index.choice(record) === undefined;
    const text = (isAsDeclared ? wellKnownText(index, record) : undefined) ?? messageText(bytes, start, end);
    const why = ["as declared", field.message().typeName, ...(record.isMalformed ? ["cut"] : [])].join(" · ");
    return { as: what, readAs: what, text, tone: "quiet", why };
  }
  if (field.isPackable) {
    const elements = countPacked(bytes, start, end, field);
    const why = `${field.isPacked ? "as declared" : "declared unpacked"} · ${elements.toLocaleString("en")} element${elements === 1 ? "" : "s"}`;
    const readAs: ReadAs | undefined = isScalarReading(field.type) ? `packed ${field.type}` : undefined;
    return { as: `packed ${field.type}`, readAs, text: packedText(bytes, { start, end }, field.type), tone: "number", why };
  }
  const plain = lenReadings({ bytes, start, end, origin: index.origin }).find(({ as }) => as === field.type);
  if (plain === undefined) return { as: "bytes", readAs: "bytes", text: hexText(bytes, start, end), tone: "quiet", why: "as declared" };
  const checked = field.type === "string" && !field.verifiesUtf8 && plain.why?.startsWith("not") === true ? ", not checked" : "";
  return { ...plain, why: `as declared · ${plain.why ?? ""}${checked}` };
}
