// `npm run dev`: the gateway, restarted when its sources change, and the page's dev server in front of it. Ctrl-C ends both.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./steps.ts";

const listen = "127.0.0.1:8080";
const children = [
  spawn(
    process.execPath,
    ["--watch", "--watch-preserve-output", join(root, "apps/gateway/src/main.ts"), "--listen", listen, ...process.argv.slice(2)],
    {
      stdio: "inherit",
    },
  ),
  spawn(process.execPath, [join(root, "node_modules/vite/bin/vite.js"), "--host", "127.0.0.1"], {
    cwd: join(root, "apps/web"),
    stdio: "inherit",
    env: { ...process.env, GATEWAY: `http://${listen}` },
  }),
];
const end = (): void => {
  for (const child of children) child.kill("SIGTERM");
};
process.on("SIGINT", end);
process.on("SIGTERM", end);
for (const child of children) child.on("exit", end);
