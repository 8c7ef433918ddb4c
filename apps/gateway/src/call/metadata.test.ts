import { describe, expect, it } from "vitest";
import { parseChoices, traceIdFrom } from "./choices.ts";
import { requestMetadata, responseMetadata } from "./metadata.ts";

describe("request metadata", () => {
  it.each([
    ["authorization", true],
    ["x-a-bin", true],
    ["grpc-trace-bin", true],
    ["user-agent", true],
    ["cookie", false],
    ["origin", false],
    ["referer", false],
    ["sec-ch-ua", false],
    ["accept", false],
    ["accept-language", false],
    ["dnt", false],
    ["priority", false],
    ["rpcdeck-target", false],
    ["rpcdeck-token", false],
    [":path", false],
    ["te", false],
    ["grpc-timeout", false],
    ["connect-timeout-ms", false],
    ["content-type", false],
    ["proxy-authorization", false],
  ])("relays %s: %s", (name, relayed) => {
    expect(requestMetadata([[name, "v"]])).toEqual(relayed ? [[name, "v"]] : []);
  });

  it("drops a browser's user-agent and what Connection names", () => {
    expect(
      requestMetadata([
        ["user-agent", "Mozilla"],
        ["sec-fetch-mode", "cors"],
        ["connection", "close, X-Hop"],
        ["x-hop", "1"],
        ["x-end", "1"],
      ]),
    ).toEqual([["x-end", "1"]]);
  });

  it("keeps order and duplicates", () => {
    const headers = [
      ["b", "1"],
      ["a", "2"],
      ["b", "3"],
    ] as const;
    expect(requestMetadata(headers)).toEqual(headers);
  });
});

it("leaves out response headers that a protocol writes itself", () => {
  const headers = [
    ["content-type", "x"],
    ["grpc-encoding", "gzip"],
    ["set-cookie", "a"],
    ["x", "1"],
  ] as const;
  expect(responseMetadata(headers, false)).toEqual([
    ["set-cookie", "a"],
    ["x", "1"],
  ]);
  expect(responseMetadata(headers, true)).toEqual([["x", "1"]]);
});

it("parses choices and the trace id", () => {
  expect(
    parseChoices([
      ["rpcdeck-select", " Round-Robin "],
      ["rpcdeck-hop", "1"],
      ["rpcdeck-schema", "abc"],
    ]),
  ).toEqual({
    target: undefined,
    schema: "abc",
    select: "round-robin",
    fail: undefined,
    hop: 1,
  });
  expect(parseChoices([["rpcdeck-hop", "-5"]]).hop).toBe(1);
  for (const bad of ["", "F".repeat(32), "f".repeat(31), "g".repeat(32)]) expect(traceIdFrom([["rpcdeck-call", bad]])).toBeUndefined();
  expect(traceIdFrom([["rpcdeck-call", "f".repeat(32)]])).toBe("f".repeat(32));
});
