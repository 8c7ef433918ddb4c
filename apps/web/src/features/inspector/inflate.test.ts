import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { inflate } from "./inflate.ts";

const text = new TextEncoder().encode("rpcdeck ".repeat(1000));

describe("inflate", () => {
  test("undoes gzip and deflate", async () => {
    expect(await inflate(gzipSync(text), "gzip")).toEqual({ bytes: text, problem: undefined });
    expect(await inflate(deflateSync(text), "Deflate")).toEqual({ bytes: text, problem: undefined });
  });

  test("stops at the limit, names the ratio, and keeps the first bytes", async () => {
    const bomb = gzipSync(new Uint8Array(3 * 1024 * 1024).fill(7));
    const { bytes, problem } = await inflate(bomb, "gzip", { maxBytes: 2 * 1024 * 1024, keptBytes: 1024 * 1024 });
    expect(bytes).toEqual(new Uint8Array(1024 * 1024).fill(7));
    expect(problem).toMatch(
      /^More than 2 MiB come out of these 3,\d{3} B of gzip, over \d{3} times as much\. The first 1 MiB are shown\.$/,
    );
  });

  test("gives what came out before the data broke", async () => {
    const whole = gzipSync(Uint8Array.from({ length: 400_000 }, (_, at) => (at * at) % 251));
    const { bytes, problem } = await inflate(whole.subarray(0, whole.length - 4), "gzip");
    expect(bytes.length).toBeGreaterThan(0);
    expect(problem).toMatch(/^Broken gzip: .+ What came out before is shown\.$/);
  });

  test("says what it cannot undo at all", async () => {
    await expect(inflate(text, "gzip")).rejects.toThrow("Not readable as gzip");
    await expect(inflate(text, "br")).rejects.toThrow("The browser cannot undo br");
  });
});
