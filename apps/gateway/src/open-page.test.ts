import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { openPage } from "./open-page.ts";

test("a machine without a browser opens nothing and says nothing", async () => {
  const empty = mkdtempSync(join(tmpdir(), "rpcdeck-open-"));
  vi.stubEnv("PATH", empty);
  try {
    expect(() => openPage("http://127.0.0.1:8080")).not.toThrow();
    await turn(); // an unheard error event would fail the run
  } finally {
    vi.unstubAllEnvs();
    rmSync(empty, { recursive: true });
  }
});
