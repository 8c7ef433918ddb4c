import type { DescMessage } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { guessLen } from "@rpcdeck/wire";

/** How well the rule for length-delimited values does where the truth is known. */
export interface GuessScore {
  /** Values that are not empty. */
  readonly strings: number;
  readonly messages: number;
  /** Strings taken for messages, and for bytes. */
  readonly stringsAsMessages: number;
  readonly stringsAsBytes: number;
  /** Messages taken for strings, and for bytes. */
  readonly messagesAsStrings: number;
  readonly messagesAsBytes: number;
  /** A few of the misread ones, as JSON strings. */
  readonly examples: readonly string[];
}

const keptExamples = 10;

/**
 * Asks the schema-less rule about every string and message in the bytes of a FileDescriptorSet. What each really is says descriptor.proto; the
 * bytes are walked with protobuf-es's reader, not with ours.
 */
export function scoreGuesses(set: Uint8Array): GuessScore {
  const score = { strings: 0, messages: 0, stringsAsMessages: 0, stringsAsBytes: 0, messagesAsStrings: 0, messagesAsBytes: 0 };
  const examples: string[] = [];
  walk(FileDescriptorSetSchema, 0, set.length);
  return { ...score, examples };

  function walk(desc: DescMessage, start: number, end: number): void {
    const reader = new BinaryReader(set);
    reader.pos = start;
    while (reader.pos < end) {
      const [number, wireType] = reader.tag();
      if (wireType !== WireType.LengthDelimited) {
        reader.skip(wireType, number);
        continue;
      }
      const length = reader.uint32();
      const from = reader.pos;
      reader.pos = from + length;
      const field = desc.fields.find((each) => each.number === number);
      if (field === undefined || length === 0) continue;
      if (field.message !== undefined) {
        judge("messages", from, from + length);
        walk(field.message, from, from + length);
      } else if (isString(field)) judge("strings", from, from + length);
    }
  }

  function judge(truth: "strings" | "messages", start: number, end: number): void {
    score[truth]++;
    const { chosen } = guessLen(set, start, end);
    if (chosen === (truth === "strings" ? "string" : "message")) return;
    if (truth === "strings") score[chosen === "message" ? "stringsAsMessages" : "stringsAsBytes"]++;
    else score[chosen === "string" ? "messagesAsStrings" : "messagesAsBytes"]++;
    if (examples.length < keptExamples) examples.push(`${truth}: ${JSON.stringify(new TextDecoder().decode(set.subarray(start, end)))}`);
  }
}

function isString({ fieldKind, ...field }: DescMessage["fields"][number]): boolean {
  return (fieldKind === "scalar" || fieldKind === "list") && field.scalar === 9;
}
