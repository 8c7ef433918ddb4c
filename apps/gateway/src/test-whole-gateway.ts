import { readFileSync } from "node:fs";
import { pino } from "pino";
import { parseConfig } from "./config.ts";
import { createGateway } from "./server.ts";

const root = new URL("../../../", import.meta.url);

/** For tests: a gateway as it is shipped, in this process, on a free port of 127.0.0.1. */
export interface WholeGateway {
  readonly address: string;
  close(): Promise<void>;
}

/** For tests: starts one without the demo fleet. `webRoot` is the folder of its page; by default it has none. Rejects for wrong flags. */
export async function startWholeGateway(argv: readonly string[], webRoot = "/no/such"): Promise<WholeGateway> {
  const listen = argv.includes("--listen") ? [] : ["--listen", "127.0.0.1:0"];
  const parsed = parseConfig([...listen, "--no-demo", ...argv], {}, (path) => readFileSync(path, "utf8"));
  if (parsed.kind !== "run") throw new Error(JSON.stringify(parsed));
  const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { version: string };
  const gateway = await createGateway(parsed.config, {
    version,
    bootId: "boot",
    log: pino({ level: "silent" }),
    webRoot,
    descriptors: readFileSync(new URL("packages/protocol/descriptors.binpb", root)),
  });
  return { address: await gateway.listen(), close: () => gateway.close(0) };
}
