import { guessLen, lenFacts, type GuessPool, type LenGuess } from "./guess.ts";
import type { RecordArrays } from "./scan-level.ts";
import type { WireIndex, WireLevel, WireRecord } from "./wire-index.ts";

/** Values of one field that are looked at together, and records on the way to them that are entered. */
const maxValues = 64;
/** Longer values are left out, and so is what comes after this many bytes of values. */
const maxValueBytes = 16 * 1024;
const maxPoolBytes = 256 * 1024;
/** Tags of one message that are searched. */
const maxTags = 64 * 1024;
/** Bytes and tags looked at for all pools of one index: after that each value is guessed alone. */
const maxWork = 64 * 1024 * 1024;

/** What the values of a field are, taken together. */
interface Pool extends GuessPool {
  /** Values that would be taken for a message, and for bytes, alone. */
  readonly messages: number;
  readonly blobs: number;
}

/** Where the content of a record is, if it is a message. */
export interface ContentSpan {
  readonly recordStart: number;
  readonly start: number;
  readonly end: number;
  readonly depth: number;
}

/**
 * Guesses for the records of `index`. Values of one field path have one type, so they are judged together where there are several: a message
 * when nearly all parse and one is clearly none, text when nearly all are UTF-8 and half or more are text, bytes when nearly all are neither.
 * "Nearly" lets one in ten be broken. Where they do not agree, as the contents of Any, each is judged alone. At most a sample is looked at.
 * `cut` cuts a content into records.
 */
export function createGuess(
  index: Pick<WireIndex, "bytes" | "root">,
  cut: (content: ContentSpan) => RecordArrays,
): (record: WireRecord) => LenGuess {
  const { bytes, root } = index;
  const pools = new Map<string, Pool | undefined>();
  const guesses = new Map<number, LenGuess>();
  let work = 0;
  return (record) => {
    const known = guesses.get(record.start);
    if (known !== undefined) return known;
    const alone = guessLen(bytes, record.valueStart, record.end);
    const guess = pooled(alone, poolOf(record));
    guesses.set(record.start, guess);
    return guess;
  };

  function poolOf(record: WireRecord): Pool | undefined {
    const tags = tagsOf(record);
    if (tags === undefined) return undefined;
    if (pools.has(tags)) return pools.get(tags);
    const pool = work > maxWork ? undefined : gather(record);
    pools.set(tags, pool);
    return pool;
  }

  function gather(record: WireRecord): Pool | undefined {
    const chain: WireRecord[] = [];
    for (let around = record.level.parent; around !== undefined; around = around.level.parent) chain.unshift(around);
    let levels: RecordArrays[] = [root];
    for (const step of chain) {
      levels = occurrences(levels, step).map(({ level, at }) => {
        const end = level.ends[at] as number;
        const start = level.valueStarts[at] as number;
        work += end - start;
        return cut({ recordStart: level.starts[at] as number, start, end, depth: step.level.depth + 1 });
      });
    }
    return poolFrom(occurrences(levels, record));
  }

  /** A sample of the records with the tag of `like`, evenly spread. */
  function occurrences(levels: readonly RecordArrays[], like: WireRecord): { level: RecordArrays; at: number }[] {
    const tag = ((like.number << 3) | like.wireType) >>> 0;
    const found: { level: RecordArrays; at: number }[] = [];
    for (const level of levels) {
      const looked = Math.min(level.count, maxTags);
      work += looked;
      for (let at = 0; at < looked; at++) if (level.tags[at] === tag && level.flags[at] === 0) found.push({ level, at });
    }
    if (found.length <= maxValues) return found;
    return Array.from({ length: maxValues }, (_, at) => found[Math.floor((at * found.length) / maxValues)]).filter(
      (one) => one !== undefined,
    );
  }

  function poolFrom(values: readonly { level: RecordArrays; at: number }[]): Pool | undefined {
    const pool = { looked: 0, parsing: 0, utf8: 0, text: 0, messages: 0, blobs: 0 };
    let total = 0;
    for (const { level, at } of values) {
      const start = level.valueStarts[at] as number;
      const end = level.ends[at] as number;
      if (start === end || end - start > maxValueBytes || total > maxPoolBytes) continue;
      total += end - start;
      const { parses, isUtf8, hasControl, isText } = lenFacts(bytes, start, end);
      pool.looked++;
      if (parses) pool.parsing++;
      if (isUtf8) pool.utf8++;
      if (isText) pool.text++;
      if (parses && (!isUtf8 || hasControl)) pool.messages++;
      else if (!isText) pool.blobs++;
    }
    work += total;
    return pool.looked > 0 && values.length > 1 ? pool : undefined;
  }
}

const prefixes = new WeakMap<WireLevel, string | undefined>();

/** The tags from the outermost record to this one, which decide what it is judged with; undefined in a packed run or stream. */
function tagsOf({ level, at }: WireRecord): string | undefined {
  const prefix = prefixOf(level);
  return prefix === undefined ? undefined : `${prefix} ${level.tags[at]}`;
}

/** Depth is bounded by the index, which opens no more than its limit. */
function prefixOf(level: WireLevel): string | undefined {
  if (level.kind !== "message") return undefined;
  if (level.parent === undefined) return "";
  if (prefixes.has(level)) return prefixes.get(level);
  const prefix = tagsOf(level.parent);
  prefixes.set(level, prefix);
  return prefix;
}

function pooled(alone: LenGuess, pool: Pool | undefined): LenGuess {
  if (pool === undefined) return alone;
  const { looked, parsing, utf8, text } = pool;
  const nearlyAll = looked - Math.floor(looked / 10);
  const facts = { looked, parsing, utf8, text };
  const chosen =
    parsing >= nearlyAll && pool.messages > 0
      ? "message"
      : utf8 >= nearlyAll && text * 2 >= looked
        ? "string"
        : pool.blobs >= nearlyAll
          ? "bytes"
          : undefined;
  if (chosen === undefined) return alone;
  if (chosen === alone.chosen) return { ...alone, pool: facts };
  return { ...alone, chosen, runnerUp: alone.chosen, pool: facts };
}
