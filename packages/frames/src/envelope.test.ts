import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEnvelopeCounter } from "./envelope-counter.ts";
import { createEnvelopeSplitter } from "./envelope-splitter.ts";
import { envelopePrefix, writeEnvelope } from "./envelope.ts";

type Event = [flags: number, bytes: number[]] | ["tooLarge", number] | ["end", number];

function collect(maxBytes = 1 << 20) {
  const events: Event[] = [];
  const splitter = createEnvelopeSplitter(maxBytes, {
    onEnvelope: (flags, bytes) => events.push([flags, [...bytes]]),
    onTooLarge: (size) => events.push(["tooLarge", size]),
    onEnd: (leftover) => events.push(["end", leftover]),
  });
  return { events, splitter };
}

const messages = fc.array(fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 60 })), { maxLength: 12 });

/** Cuts `bytes` at random places. */
function chunksOf(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b);
  const chunks: Uint8Array[] = [];
  let from = 0;
  for (const cut of [...at, bytes.length]) {
    chunks.push(bytes.slice(from, cut));
    from = cut;
  }
  return chunks;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

describe("envelope", () => {
  it("has the prefix gRPC defines", () => {
    expect([...envelopePrefix(1, 0x01020304)]).toEqual([1, 1, 2, 3, 4]);
    expect([...envelopePrefix(0, 0xffffffff)]).toEqual([0, 255, 255, 255, 255]);
    expect([...writeEnvelope(0x80, new Uint8Array([7]))]).toEqual([0x80, 0, 0, 0, 1, 7]);
  });
});

describe("splitter", () => {
  it("gives the same messages for any chunking, paused or not", () => {
    fc.assert(
      fc.property(
        messages,
        fc.array(fc.nat(), { maxLength: 30 }),
        fc.uint8Array({ maxLength: 4 }),
        fc.boolean(),
        (list, cuts, tail, pausing) => {
          const bytes = concat([...list.map(([flags, message]) => writeEnvelope(flags, message)), tail]);
          const { events, splitter } = collect();
          for (const chunk of chunksOf(bytes, cuts)) {
            if (pausing) splitter.pause();
            splitter.push(chunk);
            if (pausing) splitter.resume();
          }
          splitter.end();
          expect(events).toEqual([...list.map(([flags, message]) => [flags, [...message]]), ["end", tail.length]]);
        },
      ),
    );
  });

  it("never throws on any bytes and reports the end once", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (chunks) => {
        const { events, splitter } = collect(100);
        for (const chunk of chunks) splitter.push(chunk);
        splitter.end();
        splitter.end();
        expect(events.filter(([kind]) => kind === "end" || kind === "tooLarge")).toHaveLength(1);
      }),
    );
  });

  it("hands on a view when one chunk holds the message", () => {
    const chunk = writeEnvelope(0, new Uint8Array([1, 2, 3]));
    let seen: Uint8Array | undefined;
    createEnvelopeSplitter(10, { onEnvelope: (_, bytes) => (seen = bytes), onTooLarge: () => {}, onEnd: () => {} }).push(chunk);
    expect(seen?.buffer).toBe(chunk.buffer);
  });

  it("refuses a message by its prefix and reports nothing after it", () => {
    const { events, splitter } = collect(4);
    splitter.push(writeEnvelope(0, new Uint8Array(4)));
    splitter.push(envelopePrefix(0, 5));
    splitter.push(new Uint8Array(100));
    splitter.end();
    expect(events).toEqual([
      [0, [0, 0, 0, 0]],
      ["tooLarge", 5],
    ]);
  });

  it("stops in the middle of a chunk when paused from a message, and ends only after it was resumed", () => {
    const events: string[] = [];
    const splitter = createEnvelopeSplitter(10, {
      onEnvelope: (_, bytes) => {
        events.push(String(bytes[0]));
        splitter.pause();
      },
      onTooLarge: () => {},
      onEnd: (leftover) => events.push(`end ${leftover}`),
    });
    splitter.push(concat([1, 2, 3].map((n) => writeEnvelope(0, new Uint8Array([n])))));
    splitter.end();
    expect(events).toEqual(["1"]);
    splitter.resume();
    splitter.resume();
    expect(events).toEqual(["1", "2", "3"]);
    splitter.resume();
    expect(events).toEqual(["1", "2", "3", "end 0"]);
  });

  it("goes on when it is resumed from inside a message", () => {
    const seen: number[] = [];
    const splitter = createEnvelopeSplitter(10, {
      onEnvelope: (_, bytes) => {
        splitter.pause();
        seen.push(bytes[0] as number);
        splitter.resume();
      },
      onTooLarge: () => {},
      onEnd: () => {},
    });
    splitter.push(concat([1, 2, 3].map((n) => writeEnvelope(0, new Uint8Array([n])))));
    expect(seen).toEqual([1, 2, 3]);
  });

  it("reserves no memory for what a prefix only announces", () => {
    const before = process.memoryUsage().arrayBuffers;
    const splitters = Array.from({ length: 50 }, () => collect(256 << 20).splitter);
    for (const splitter of splitters) splitter.push(concat([envelopePrefix(0, 200 << 20), new Uint8Array(10)]));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 << 20);
  });
});

describe("counter", () => {
  it("counts the messages of any chunking and knows the boundaries", () => {
    fc.assert(
      fc.property(messages, fc.array(fc.nat(), { maxLength: 30 }), (list, cuts) => {
        const counter = createEnvelopeCounter(100);
        for (const chunk of chunksOf(concat(list.map(([flags, message]) => writeEnvelope(flags, message))), cuts)) {
          expect(counter.push(chunk)).toBeUndefined();
        }
        expect([counter.messages, counter.atBoundary]).toEqual([list.length, true]);
      }),
    );
  });

  it("reports the size of a message that is too large, and an end inside a message", () => {
    const counter = createEnvelopeCounter(100);
    expect(counter.push(envelopePrefix(0, 7))).toBeUndefined();
    expect(counter.atBoundary).toBe(false);
    expect(counter.push(concat([new Uint8Array(7), envelopePrefix(0, 101)]))).toBe(101);
  });
});
