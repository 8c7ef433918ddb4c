import { file_pb_address_book, PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { createRegistry } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { jsonLines, type JsonLine } from "./json-lines.ts";

const registry = createRegistry(file_pb_address_book);
const textOf = (tokens: JsonLine["tokens"]) => tokens.map((token) => (token.kind === "chip" ? `<${token.text}>` : token.text)).join("");

describe("JSON lines", () => {
  it("are numbered, indented and typed, and fold", () => {
    const { lines } = jsonLines('{"name":"Ada","id":7,"phones":[{"number":"1","type":"HOME"}]}', PersonSchema, registry);
    expect(lines.map(({ depth, tokens }) => "  ".repeat(depth) + textOf(tokens))).toEqual([
      "{",
      '  "name": "Ada",',
      '  "id": 7,',
      '  "phones": [',
      "    {",
      '      "number": "1",',
      '      "type": "HOME"',
      "    }",
      "  ]",
      "}",
    ]);
    expect(lines.map(({ meta }) => meta)).toEqual([
      "Person",
      "#1 string",
      "#2 int32",
      "#4 1 item",
      "[0]",
      "#1 string",
      "#2 PhoneType",
      "",
      "",
      "",
    ]);
    expect(lines[6]?.path).toBe("phones[0].type");
    expect(lines[4]?.fold).toMatchObject({ end: 7 });
    expect(textOf(lines[4]?.fold?.tokens ?? [])).toBe('{ "number": "1", <2 fields> }');
    expect(textOf(lines[3]?.fold?.tokens ?? [])).toBe('"phones": [ <1 item> ]');
  });

  it("show any JSON without a schema, exact numbers and empty containers", () => {
    const { lines, problems } = jsonLines('{"a":[],"b":{},"c":12345678901234567890,"d":null}', undefined, undefined);
    expect(lines.map(({ tokens }) => textOf(tokens))).toEqual([
      "{",
      '"a": [],',
      '"b": {},',
      '"c": 12345678901234567890,',
      '"d": null',
      "}",
    ]);
    expect(lines.every(({ meta }) => meta === "")).toBe(true);
    expect(problems).toEqual([]);
  });

  it("show what can be read of a broken text, and say what is wrong", () => {
    const { lines, problems } = jsonLines('{"a": 1, ', undefined, undefined);
    expect(lines.length).toBeGreaterThan(1);
    expect(problems.length).toBeGreaterThan(0);
  });

  it("stop at a limit and say how much is left", () => {
    const { lines } = jsonLines(`[${"1,".repeat(300_000)}1]`, undefined, undefined);
    expect(lines.length).toBeLessThan(200_010);
    expect(textOf(lines.at(-2)?.tokens ?? [])).toBe("<100002 more not shown>");
  });
});
