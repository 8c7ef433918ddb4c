import { create } from "@bufbuild/protobuf";
import { sizeDelimitedDecodeStream, sizeDelimitedEncode } from "@bufbuild/protobuf/wire";
import { BytesValueSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDelimitedSplitter, writeDelimited, type DelimitedSplitter } from "./index.ts";

type Event = ["message", number[], number] | ["tooLarge", number] | ["badLength"] | ["end", number];

function collect(maxBytes = 1 << 20) {
  const events: Event[] = [];
  const splitter: DelimitedSplitter = createDelimitedSplitter(maxBytes, {
    onMessage: (bytes, prefixLength) => events.push(["message", [...bytes], prefixLength]),
    onTooLarge: (size) => events.push(["tooLarge", size]),
    onBadLength: () => events.push(["badLength"]),
    onEnd: (leftover) => events.push(["end", leftover]),
  });
  return { events, splitter };
}

/** Pushes `bytes` cut at `cuts`, ends, and tells what was reported. */
function eventsOf(bytes: Uint8Array, cuts: readonly number[] = [], maxBytes?: number): Event[] {
  const { events, splitter } = collect(maxBytes);
  let from = 0;
  for (const cut of [...cuts.map((at) => at % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b)) {
    splitter.push(bytes.slice(from, cut));
    from = cut;
  }
  splitter.end();
  return events;
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const cuts = fc.array(fc.nat(), { maxLength: 30 });
const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 });

describe("writer", () => {
  it("writes what protobuf-es writes, and what it reads", async () => {
    const sizes = [0, 1, 123, 127, 128, 16_379, 20_000];
    const written = sizes.map((size) => {
      const value = new Uint8Array(size).fill(7);
      const theirs = sizeDelimitedEncode(BytesValueSchema, create(BytesValueSchema, { value }));
      const [event] = eventsOf(theirs);
      const message = Uint8Array.from(event?.[0] === "message" ? event[1] : []);
      expect(writeDelimited(message)).toEqual(Uint8Array.from(theirs));
      return writeDelimited(message);
    });
    const read: number[] = [];
    async function* chunks() {
      yield concat(...written);
    }
    for await (const { value } of sizeDelimitedDecodeStream(BytesValueSchema, chunks())) read.push(value.length);
    expect(read).toEqual(sizes);
  });
});

describe("splitter", () => {
  it("gives the same messages for any chunking, and counts what was cut off", () => {
    fc.assert(
      fc.property(messages, fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(), cuts, (list, last, keep, at) => {
        const cut = writeDelimited(last).subarray(0, keep % (last.length + 1));
        const expected = list.map((message) => ["message", [...message], message.length < 128 ? 1 : 2]);
        expect(eventsOf(concat(...list.map(writeDelimited), cut), at)).toEqual([...expected, ["end", cut.length]]);
      }),
    );
  });

  it("reports the same of any bytes in any chunking, and one end", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), cuts, (bytes, at) => {
        const events = eventsOf(bytes, at, 100);
        expect(events).toEqual(eventsOf(bytes, [], 100));
        expect(events.filter(([kind]) => kind !== "message")).toHaveLength(1);
      }),
    );
  });

  it("hands on a view when one chunk holds the message, and joins it when not", () => {
    const chunk = writeDelimited(Uint8Array.of(1, 2, 3));
    const seen: Uint8Array[] = [];
    const listener = { onMessage: (bytes: Uint8Array) => seen.push(bytes), onTooLarge() {}, onBadLength() {}, onEnd() {} };
    const splitter = createDelimitedSplitter(10, listener);
    splitter.push(chunk);
    splitter.push(chunk.subarray(0, 2));
    splitter.push(chunk.subarray(2));
    expect(seen[0]?.buffer).toBe(chunk.buffer);
    expect(seen[1]).toEqual(Uint8Array.of(1, 2, 3));
  });

  it.each([
    ["a length that is written longer than it needs to be", [0x82, 0x80, 0x00, 8, 1], ["message", [8, 1], 3]],
    ["a length in all ten bytes", [0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 9], ["message", [9], 10]],
    ["a length of eleven bytes", [...Array<number>(10).fill(0x80), 0x01], ["badLength"]],
    ["a length over the limit", [101, 8, 1], ["tooLarge", 101]],
    ["a length that 32 bits would wrap", [0x82, 0x80, 0x80, 0x80, 0x10, 8, 1], ["tooLarge", 2 ** 32 + 2]],
    ["a length that 64 bits would wrap", [...Array<number>(9).fill(0x80), 0x02, 8, 1], ["tooLarge", 2 ** 64]],
  ] satisfies [string, number[], Event][])("reads %s", (_, bytes, expected) => {
    expect(eventsOf(Uint8Array.from(bytes), [1, 3], 100)[0]).toEqual(expected);
  });

  it("reports nothing after a length that it refuses", () => {
    const message = writeDelimited(Uint8Array.of(8, 1));
    expect(eventsOf(concat(message, Uint8Array.of(101), message), [], 100)).toEqual([
      ["message", [8, 1], 1],
      ["tooLarge", 101],
    ]);
    expect(eventsOf(concat(new Uint8Array(11).fill(0xff), message), [])).toEqual([["badLength"]]);
  });

  it("reports nothing after it was stopped, from the middle of a chunk too", () => {
    const { events, splitter } = collect();
    const stopping = createDelimitedSplitter(10, {
      onMessage(bytes) {
        events.push(["message", [...bytes], 1]);
        stopping.stop();
      },
      onTooLarge() {},
      onBadLength() {},
      onEnd: (leftover) => events.push(["end", leftover]),
    });
    stopping.push(Uint8Array.of(1, 7, 1, 8));
    stopping.end();
    splitter.stop();
    splitter.push(Uint8Array.of(1, 7));
    splitter.end();
    expect(events).toEqual([["message", [7], 1]]);
  });
});
