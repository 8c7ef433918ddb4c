// What a caller's headers can make the gateway send: the list that a backend received, as it was on the wire, is compared with what may be sent.
import http2 from "node:http2";
import fc from "fast-check";
import { listen } from "@rpcdeck/testkit";
import { expect, it } from "vitest";
import type { Header } from "@rpcdeck/frames";
import { requestMetadata } from "../call/metadata.ts";
import { createAddressPolicy } from "../net/address-policy.ts";
import { createConnections } from "../net/connections.ts";
import type { OutboundCall } from "../call/call.ts";
import { testInstance } from "../test-gateway.ts";
import { createConnectCodec } from "./connect.ts";
import { createGrpcCodec } from "./grpc.ts";

const cases = 10_000;
const names = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^x-[a-z0-9_.-]{1,12}$/u) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ":authority",
      ":path",
      ":status",
      "host",
      "content-length",
      "transfer-encoding",
      "te",
      "connection",
      "upgrade",
      "grpc-timeout",
      "grpc-encoding",
      "grpc-status",
      "content-type",
      "cookie",
      "origin",
      "sec-fetch-site",
      "rpcdeck-token",
      "proxy-authorization",
      "keep-alive",
      "trailer",
      "http2-settings",
      "authorization",
      "user-agent",
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom("x a", "x:a", "x\r\na", "", "x\u0000", "x-é", "X-Upper", "x\ta") },
);
const values = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: "grapheme-ascii", maxLength: 20 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("a\r\nx-evil: 1", "a\nb", "a\u0000b", "\r\n\r\nGET / HTTP/1.1", "é", "snow ☃", "\u007f", "a\tb", ""),
  },
);
const sets = fc.array(fc.tuple(names, values), { maxLength: 6 });

/** The oracle: names that HTTP or a protocol gives a meaning of its own, on any leg. */
const ours =
  /^(?::.*|host|content-(?:type|length|encoding)|transfer-encoding|te|connection|upgrade|keep-alive|trailers?|expect|http2-settings|cookie|origin|referer|dnt|priority|proxy-.*|sec-.*|accept.*|rpcdeck-.*|grpc-(?:timeout|encoding|accept-encoding|status|message|status-details-bin)|connect-(?:protocol-version|timeout-ms|content-encoding|accept-encoding)|x-grpc-web)$/u;
const isName = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/u;
const isValue = /^[\t\x20-\x7e\x80-\xff]*$/u;

it.each(["grpc", "connect"] as const)(
  "sends a %s backend what is allowed and nothing else, whatever the headers",
  { timeout: 120_000 },
  async (protocol) => {
    const received = new Map<string, string[]>();
    const server = http2.createServer({ maxHeaderListPairs: 1_000, strictSingleValueFields: false } as http2.ServerOptions);
    server.on("stream", (stream, headers, _flags, raw: string[]) => {
      received.set(String(headers["x-case-id"]), raw);
      stream.on("error", () => {}); // cancelled as soon as it was seen
      stream.respond({ ":status": 200, "content-type": "text/plain" });
      stream.end();
    });
    const { address, close } = await listen(server);
    const connections = createConnections({ policy: createAddressPolicy() });
    const context = { connections, maxMessageBytes: 1024 };
    const codec = protocol === "grpc" ? createGrpcCodec(context) : createConnectCodec(context);
    const instance = testInstance(address, protocol);
    const own = await sentOf("own", []);
    let [refused, compared] = [0, 0];

    async function sentOf(id: string, headers: readonly Header[]): Promise<readonly string[] | string> {
      const metadata: Header[] = [["x-case-id", id], ...requestMetadata(headers)];
      const call: OutboundCall = {
        path: "/a.B/C",
        metadata,
        deadlineMs: undefined,
        codec: "proto",
        encoding: "identity",
        acceptEncodings: [],
        kind: "server-stream",
        trace: undefined,
        attempt: 1,
      };
      const message = await new Promise<string>((resolve) => {
        const leg = codec.open(call, instance, {
          onOpen: () => leg.end(),
          onHeaders() {},
          onFrame() {},
          onDrain() {},
          onOutcome: (outcome) => resolve(outcome.message),
        });
      });
      return received.get(id) ?? message;
    }

    const check = async (headers: readonly Header[], id: string): Promise<void> => {
      const sent = await sentOf(id, headers);
      const isBrowser = headers.some(([name]) => name.startsWith("sec-fetch-")); // whose name is its own business
      const allowed = headers.filter(([name]) => !ours.test(name) && !(isBrowser && name === "user-agent"));
      const broken = allowed.filter(([name, value]) => !isName.test(name) || !isValue.test(value));
      if (broken.length > 0) {
        refused++;
        expect(typeof sent, JSON.stringify([headers, sent])).toBe("string");
        return;
      }
      compared++;
      const expected = [...pairs(own), ...allowed.map(([name, value]): Header => [name, trimmed(value)])];
      const mine = pairs(sent).map(([name, value]): Header => [name, name === "x-case-id" ? "own" : trimmed(value)]);
      expect(mine.map(String).toSorted(), JSON.stringify(headers)).toEqual(expected.map(String).toSorted());
    };
    const all = fc.sample(sets, { numRuns: cases / 2, seed: 7 });
    let at = 0;
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        for (let own = at++; own < all.length; own = at++) await check(all[own]!, String(own));
      }),
    );
    expect(refused).toBeGreaterThan(cases / 20);
    expect(compared).toBeGreaterThan(cases / 10);
    connections.close();
    await close();
  },
);

function pairs(raw: readonly string[] | string): Header[] {
  if (typeof raw === "string") throw new Error(`nothing was sent: ${raw}`);
  return Array.from({ length: raw.length / 2 }, (_, at): Header => [raw[2 * at]!, raw[2 * at + 1]!]);
}

/** Space around a value is no part of it (RFC 9113, 8.2.1). */
function trimmed(value: string): string {
  return value.replaceAll(/^[\t ]+|[\t ]+$/gu, "");
}
