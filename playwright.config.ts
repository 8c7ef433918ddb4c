import { defineConfig } from "@playwright/test";
import { findChromium } from "./scripts/find-chromium.ts";

const executablePath = findChromium();
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const vite = "node ../../node_modules/vite/bin/vite.js";
const gallery = "--config gallery/vite.config.ts";
const galleryPort = Number(process.env["GALLERY_PORT"] ?? 5174);

export default defineConfig({
  reporter: process.env["PLAYWRIGHT_JSON"] ? [["list"], ["json", { outputFile: process.env["PLAYWRIGHT_JSON"] }]] : "list",
  workers: 2,
  fullyParallel: true,
  forbidOnly: process.env["CI"] !== undefined,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: { browserName: "chromium", launchOptions: { args, ...(executablePath ? { executablePath } : {}) } },
  projects: [
    {
      name: "components",
      testDir: "apps/web/src",
      testMatch: "**/*.spec.ts",
      use: { baseURL: `http://127.0.0.1:${galleryPort}/gallery/`, reuseContext: true, serviceWorkers: "block" },
    },
    { name: "journeys", testDir: "e2e" },
  ],
  webServer: {
    command: `${vite} build ${gallery} --logLevel warn && ${vite} preview ${gallery} --host 127.0.0.1 --port ${galleryPort} --strictPort`,
    cwd: "apps/web",
    url: `http://127.0.0.1:${galleryPort}/gallery/`,
    reuseExistingServer: false,
  },
});
