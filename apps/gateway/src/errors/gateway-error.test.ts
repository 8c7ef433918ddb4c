import { readFileSync } from "node:fs";
import { codeNames } from "@rpcdeck/frames";
import { expect, test } from "vitest";
import { gatewayFaults } from "./gateway-error.ts";

test("docs/errors.md lists every fault with its status and hint, and no other", () => {
  const page = readFileSync(new URL("../../../../docs/errors.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| `(\w+)` +\| (\w+) +\| (.*?) +\|$/gm)].map((row) => row.slice(1));
  expect(rows).toEqual(Object.entries(gatewayFaults).map(([name, { code, hint }]) => [name, codeNames[code], hint]));
});
