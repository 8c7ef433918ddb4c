import { describe, expect, test } from "vitest";
import { openFile } from "./open-file.ts";

const sized = (size: number, read: () => Promise<ArrayBuffer>): File => {
  const file = new File([], "a.bin");
  Object.defineProperty(file, "size", { value: size });
  Object.defineProperty(file, "arrayBuffer", { value: read });
  return file;
};
const refused = () => Promise.reject(new Error("The requested file could not be read."));

describe("openFile", () => {
  test("gives the bytes of a file", async () => {
    expect(await openFile(new File([Uint8Array.of(8, 1)], "a.bin"))).toEqual({ bytes: Uint8Array.of(8, 1) });
  });

  test("refuses a file over 2 GiB with the limit, and reads none of it", async () => {
    const opened = await openFile(sized(2 ** 31 + 2 ** 30, () => Promise.reject(new Error("read"))));
    expect(opened).toEqual({ problem: "a.bin has 3.00 GiB; files up to 2 GiB are opened." });
  });

  test("says that a file may be too large for the browser where it cannot be read", async () => {
    expect(await openFile(sized(2 ** 31 - 1, refused))).toEqual({
      problem:
        "a.bin cannot be read: The requested file could not be read. It has 2.00 GiB, which is more than some browsers hold in one piece.",
    });
    expect(await openFile(sized(100, refused))).toEqual({ problem: "a.bin cannot be read: The requested file could not be read." });
  });
});
