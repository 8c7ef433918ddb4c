import http2 from "node:http2";
import type { Header } from "@rpcdeck/frames";
import { listen } from "@rpcdeck/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Http2Fault } from "./frame.ts";
import { HpackDecoder } from "./hpack-decoder.ts";
import { HpackEncoder } from "./hpack-encoder.ts";

const limits = { maxFields: 1000, maxBytes: 1_000_000 };
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

function encode(encoder: HpackEncoder, headers: readonly Header[]): Buffer {
  const into = Buffer.alloc(HpackEncoder.boundOf(headers));
  return into.subarray(0, encoder.encode(headers, into, 0));
}

describe("HpackDecoder", () => {
  it("reads the request examples of RFC 7541, C.4, which use Huffman codes and the dynamic table", () => {
    const decoder = new HpackDecoder(limits);
    const start: Header[] = [
      [":method", "GET"],
      [":scheme", "http"],
      [":path", "/"],
      [":authority", "www.example.com"],
    ];
    expect(decoder.decode(hex("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff")).headers).toEqual(start);
    expect(decoder.decode(hex("8286 84be 5886 a8eb 1064 9cbf")).headers).toEqual([...start, ["cache-control", "no-cache"]]);
    expect(decoder.decode(hex("8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf")).headers).toEqual([
      [":method", "GET"],
      [":scheme", "https"],
      [":path", "/index.html"],
      [":authority", "www.example.com"],
      ["custom-key", "custom-value"],
    ]);
  });

  it.each([
    ["an index that no table has", "ff80 01"],
    ["index 0", "80"],
    ["a text that is cut short", "0005 6162"],
    ["an integer without end", "ffff ffff ffff ff"],
    ["a table larger than was allowed", "3fe2 1f"],
    ["a table size after a field", "8220"],
    ["padding of Huffman codes with zeros", "0081 1801 61"],
  ])("refuses %s", (_what, block) => {
    expect(() => new HpackDecoder(limits).decode(hex(block))).toThrow(Http2Fault);
  });

  it("throws nothing but faults, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }), (blocks) => {
        const decoder = new HpackDecoder(limits);
        try {
          for (const block of blocks) decoder.decode(Buffer.from(block));
        } catch (error) {
          expect(error).toBeInstanceOf(Http2Fault);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("counts what is over its limits and keeps the table right", () => {
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder({ maxFields: 3, maxBytes: 1000 });
    const many = Array.from({ length: 10 }, (_, at): Header => ["content-type", `type-${at}`]);
    expect(decoder.decode(encode(encoder, many))).toMatchObject({ headers: many.slice(0, 3), fields: 10 });
    expect(decoder.decode(encode(encoder, many.slice(7))).headers).toEqual(many.slice(7));
  });
});

const names = fc.constantFrom("content-type", ":path", "te", "authorization", "x-one", "grpc-timeout", "user-agent");
const values = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)), maxLength: 300 });
const blocks = fc.array(fc.array(fc.tuple(names, values), { maxLength: 12 }), { maxLength: 12 });

describe("HpackEncoder", () => {
  it("writes what the decoder reads back, block after block, at any table size", () => {
    fc.assert(
      fc.property(blocks, fc.array(fc.integer({ min: 0, max: 6000 }), { maxLength: 4 }), (all, sizes) => {
        const encoder = new HpackEncoder();
        const decoder = new HpackDecoder(limits);
        for (const [at, block] of all.entries()) {
          const size = sizes[at];
          if (size !== undefined) encoder.setMaxTableBytes(size);
          expect(decoder.decode(encode(encoder, block)).headers).toEqual(block);
        }
      }),
    );
  });

  it("sends a value again as one or two bytes, but never one that is secret", () => {
    const encoder = new HpackEncoder();
    encode(encoder, [["content-type", "application/grpc+proto"]]);
    expect(encode(encoder, [["content-type", "application/grpc+proto"]])).toHaveLength(1);
    const secret: Header[] = [["authorization", "Bearer abc"]];
    encode(encoder, secret);
    expect(encode(encoder, secret)[0]).toBe(0x1f);
    expect(encode(encoder, secret).length).toBeGreaterThan(10);
  });
});

describe("HPACK between this client and node's server", () => {
  it("understands every character that a header can have", async () => {
    const text = String.fromCharCode(
      ...Array.from({ length: 0x7f - 0x21 }, (_, at) => at + 0x21),
      ...Array.from({ length: 128 }, (_, at) => at + 0x80),
    );
    const blocksSeen: Buffer[] = [];
    const server = http2.createServer({ strictSingleValueFields: false } as object);
    server.on("stream", (stream) => {
      stream.respond([":status", "200", "x-all", text, "x-all", text] as never, { endStream: true });
    });
    const { port, close } = await listen(server);
    const { connect } = await import("node:net");
    const socket = connect(port, "127.0.0.1");
    const head = encode(new HpackEncoder(), [
      [":method", "POST"],
      [":scheme", "http"],
      [":path", "/"],
      [":authority", "a"],
    ]);
    const frame = Buffer.concat([Buffer.from([0, 0, head.length, 1, 5, 0, 0, 0, 1]), head]);
    socket.write(Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]), frame]));
    let got: Buffer = Buffer.alloc(0);
    await new Promise<void>((resolve) => {
      socket.on("data", (chunk: Buffer) => {
        got = Buffer.concat([got, chunk]);
        for (let at = 0; at + 9 <= got.length; at += 9 + got.readUIntBE(at, 3)) {
          if (got[at + 3] === 1 && got.length >= at + 9 + got.readUIntBE(at, 3)) {
            blocksSeen.push(got.subarray(at + 9, at + 9 + got.readUIntBE(at, 3)));
            return resolve();
          }
        }
      });
    });
    socket.destroy();
    await close();
    const { headers } = new HpackDecoder(limits).decode(blocksSeen[0] as Buffer);
    expect(headers.filter(([name]) => name === "x-all")).toEqual([
      ["x-all", text],
      ["x-all", text],
    ]);
  });
});
