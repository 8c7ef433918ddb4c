import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Real servers and child processes on two cores: generous, so that only a hang fails.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      { test: { name: "packages", include: ["packages/*/src/**/*.test.ts"] } },
      { test: { name: "scripts", include: ["scripts/**/*.test.ts", "conformance/**/*.test.ts"] } },
      { test: { name: "verify", include: ["verify/**/*.test.ts"], testTimeout: 300_000 } },
      { test: { name: "apps", include: ["apps/*/src/**/*.test.ts"] } },
      { test: { name: "peers", include: ["peers/**/*.test.ts"], testTimeout: 120_000, hookTimeout: 300_000 } },
    ],
  },
});
