import { fileURLToPath } from "node:url";
import { mergeConfig } from "vite";
import page from "../vite.config.ts";

/** The gallery built as one: a spec loads it in a few requests, where the development server would send each module by itself. */
export default mergeConfig(page({ command: "build", mode: "production" }), {
  base: "/",
  // No gateway belongs to it, not even one that happens to run here: what a story asks of one is not found.
  appType: "mpa",
  preview: { proxy: {} },
  build: {
    outDir: "gallery/dist",
    emptyOutDir: true,
    minify: false,
    rolldownOptions: { input: fileURLToPath(new URL("index.html", import.meta.url)), checks: { pluginTimings: false } },
  },
});
