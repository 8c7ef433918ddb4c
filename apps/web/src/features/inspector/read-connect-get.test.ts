import { buildConnectGet } from "@rpcdeck/frames";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readConnectGet } from "./read-connect-get.ts";
import { readSource } from "./read-source.ts";

const query = "connect=v1&encoding=proto&base64=1&message=CgJoaQ";
const hi = { bytes: Uint8Array.of(10, 2, 104, 105), codec: "proto", encoding: "" };

test.each([
  ["a URL", `https://demo.connectrpc.com/a.B/Say?${query}`, hi],
  ["a URL with a fragment", `http://h/a.B/Say?${query}#x`, hi],
  ["a path", `/a.B/Say?${query}`, hi],
  ["a request line", `GET /a.B/Say?${query} HTTP/1.1\n`, hi],
  ["a query alone", query, hi],
  ["escaped padding, in any order", "message=CgJoaQ%3D%3D&base64=1&encoding=proto", hi],
  ["bytes as percent escapes", "?encoding=proto&message=%0a%02hi", hi],
  ["JSON", "/a.B/Say?encoding=json&message=%7B%22a%22%3A1%7D", { bytes: new TextEncoder().encode('{"a":1}'), codec: "json", encoding: "" }],
  [
    "compression",
    "encoding=proto&compression=gzip&base64=1&message=H4s",
    { bytes: Uint8Array.of(31, 139), codec: "proto", encoding: "gzip" },
  ],
])("reads a Connect GET from %s", (_, text, expected) => {
  expect(readConnectGet(text)).toEqual(expected);
});

test.each([
  "",
  "0a 02 68 69",
  "CgJoaQ==",
  "https://example.test/?a=b",
  "encoding=proto",
  `${query} and more`,
  `connect=v2&${query.slice(11)}`,
])("takes no Connect GET from %j", (text) => {
  expect(readConnectGet(text)).toBeUndefined();
});

test("gives back any message that was put in a URL", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.constantFrom("identity", "gzip", "br"), (message, encoding) => {
      const read = readConnectGet(`http://h/a.B/Say?${buildConnectGet({ codec: "proto", encoding, message })}`);
      expect(read).toEqual({ bytes: Uint8Array.from(message), codec: "proto", encoding: encoding === "identity" ? "" : encoding });
    }),
  );
});

test("is recognised first, and can still be read as the text itself", () => {
  const source = { kind: "text", text: query } as const;
  const schema = { desc: undefined, registry: undefined };
  expect(readSource(source, undefined, schema)).toMatchObject({ readAs: "connect-get", choices: ["connect-get", "text"], get: hi });
  const asText = readSource(source, "text", schema);
  expect([asText.readAs, asText.get, asText.bytes.length]).toEqual(["text", undefined, query.length]);
});
