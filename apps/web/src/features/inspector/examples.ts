import type { InspectInput } from "./inspect-input.ts";
import { emptyInput } from "./inspect-input.ts";

/** Something to begin with, that shows what the inspector is for. */
export interface Example {
  readonly id: string;
  readonly title: string;
  /** What there is to see in it. */
  readonly lesson: string;
  readonly text: string;
  readonly typeName: string;
}

/** The study note's person, as `proto.Marshal` writes it. */
const person = `0a 08 6c 69 6a 69 61 68 61 6f 10 01 1a 14 6c 69
6a 69 61 68 61 6f 40 65 78 61 6d 70 6c 65 2e 63
6f 6d 22 0d 0a 0b 31 35 31 33 36 35 38 38 32 37
30 22 0d 0a 09 31 39 30 30 31 39 33 39 33 10 01
22 0f 0a 0b 31 37 31 38 32 39 32 30 33 30 33 10
02`;

/** The examples of the empty page. The first is the worked one. */
export const examples: readonly Example[] = [
  {
    id: "person",
    title: "The Person program",
    lesson: "Marshal, unmarshal, print: the study note's first protobuf program, byte by byte.",
    text: person,
    typeName: "pb.Person",
  },
  {
    id: "grpc",
    title: "Two gRPC messages",
    lesson: "Five bytes stand before each: a flag and a length.",
    text: "00 00 00 00 07 0a 05 61 6c 69 63 65 00 00 00 00 05 0a 03 62 6f 62",
    typeName: "",
  },
  {
    id: "broken",
    title: "A message that was cut",
    lesson: "What can be read is shown, and the byte where reading stops.",
    text: "CghsaWppYWhhbxABGhRsaWppYWhhb0BleGFtcGxlLmNvbSINCgsxNTEzNjU4ODI3MCI=",
    typeName: "pb.Person",
  },
  {
    id: "text",
    title: "Text that parses",
    lesson: "“updateMask” is a valid message too. Every reading is told, with why one was chosen.",
    text: String.raw`\012\012updateMask\022\002\010\007`,
    typeName: "",
  },
];

/** The input that an example is. */
export function inputOfExample({ id, text, typeName }: Example): InspectInput {
  return { ...emptyInput, source: { kind: "text", text }, typeName, example: id };
}
