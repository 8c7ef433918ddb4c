import { readFileSync } from "node:fs";
import { tanstackRouter } from "@tanstack/router-plugin/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
const gateway = process.env["GATEWAY"] ?? "http://127.0.0.1:8080";

/**
 * React Aria brings its own few words in 34 languages, 50 kB gzip of them. The page speaks English, so its tables hold English alone:
 * a browser of any other language finds the default, en-US.
 */
const englishOnly: Plugin = {
  name: "english-only",
  transform: {
    filter: { id: /\/node_modules\/react-(?:aria|aria-components|stately)\/.*\/intlStrings\.mjs$/ },
    handler(code, id) {
      const path = /from "([^"]+\/en-US\.mjs)"/.exec(code)?.[1];
      if (path === undefined) throw new Error(`no English strings in ${id}`);
      return { code: `import english from "${path}";\nexport default { "en-US": english };\n`, map: null };
    },
  },
};

export default defineConfig(({ command }) => ({
  // Built files live under /-/assets/ (dist/x.js is /-/assets/x.js); index.html is served for every page route.
  base: command === "build" ? "/-/assets/" : "/",
  plugins: [
    tanstackRouter({
      target: "react",
      autoCodeSplitting: true,
      routesDirectory: "src/routes",
      generatedRouteTree: "src/route-tree.gen.ts",
      quoteStyle: "double",
      semicolons: true,
    }),
    react(),
    englishOnly,
  ],
  define: { "import.meta.env.PAGE_VERSION": JSON.stringify(version) },
  // Stories are looked through at the start: a dependency found later would reload the page under a running spec.
  optimizeDeps: { entries: ["index.html", "gallery/index.html", "src/**/*.tsx"] },
  server: {
    host: "127.0.0.1",
    proxy: {
      // The gateway compares Host and Origin, so Host stays as the browser sent it. RPC paths have two segments, the first one a dotted service name or a capitalised one.
      "^/([A-Za-z_]\\w*\\.)+[A-Za-z_]\\w*/[A-Za-z_]\\w*(\\?.*)?$": { target: gateway, changeOrigin: false },
      "/-/": { target: gateway, changeOrigin: false, ws: true },
    },
  },
  // The gateway puts a fresh nonce in place of this for every response (decision 22).
  html: { cspNonce: "__CSP_NONCE__" },
  build: { target: "baseline-widely-available", assetsDir: ".", assetsInlineLimit: 0, cssCodeSplit: true },
}));
