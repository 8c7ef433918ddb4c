import { describe, expect, it } from "vitest";
import { fetchObstacle, metadataHeaders, metadataProblems } from "./request-headers.ts";

describe("metadata", () => {
  it("names what cannot be sent, and where", () => {
    const check = (name: string, value: string, expected: string | undefined) => {
      const [problem] = metadataProblems([{ name, value, enabled: true }]);
      expect(problem && `${problem.part}: ${problem.message}`).toBe(expected);
    };
    check("x-trace", "a b", undefined);
    check("", "", undefined);
    check("", "lost", "name: The name is missing");
    check("x y", "1", "name: A space cannot be in a name");
    check("x:y", "1", 'name: ":" cannot be in a name');
    check("Content-Type", "1", "name: content-type belongs to the transport");
    check("grpc-timeout", "1S", "name: grpc-* belongs to the protocol");
    check("rpcdeck-target", "x", "name: rpcdeck-* belongs to the protocol");
    check("x", "grün", "value: Only printable ASCII; other bytes need a name that ends in -bin, and base64");
    check("x-bin", "AAE", undefined);
    check("x-bin", "AAE=, /w==", undefined);
    check("x-bin", "not base64!", "value: The value is not base64: “ ” at character 4 is not of its alphabet");
    check("x-bin", "AAE, AAE==", "value: Value 2 of 2 is not base64: it ends with 2 “=”, where at most 1 can be");
  });

  it("leaves disabled entries alone", () => {
    expect(metadataProblems([{ name: "x y", value: "1", enabled: false }])).toEqual([]);
    expect(metadataHeaders([{ name: "x y", value: "1", enabled: false }])).toEqual([]);
  });

  it("knows what fetch cannot say", () => {
    expect(fetchObstacle([["a", "1"]])).toBeUndefined();
    expect(fetchObstacle([["cookie", "1"]])).toBe("a browser does not let a page set cookie");
    expect(fetchObstacle([["sec-x", "1"]])).toBe("a browser does not let a page set sec-x");
  });
});
