import { readFileSync } from "node:fs";
import { pino } from "pino";
import { parseConfig } from "./config.ts";
import { createGateway, type GatewayOptions } from "./server.ts";

const root = new URL("../../../", import.meta.url);

/** For tests: a gateway as it is shipped, in this process, on a free port of 127.0.0.1. */
export interface WholeGateway {
  readonly address: string;
  /** Calls under way get `graceMs` to finish, none by default. */
  close(graceMs?: number): Promise<void>;
}

/** For tests: starts one without the demo fleet, and without a page unless `options` say where it is. Rejects for wrong flags. */
export async function startWholeGateway(argv: readonly string[], options: Partial<GatewayOptions> = {}): Promise<WholeGateway> {
  const listen = argv.includes("--listen") ? [] : ["--listen", "127.0.0.1:0"];
  const parsed = parseConfig([...listen, "--no-demo", ...argv], {}, (path) => readFileSync(path, "utf8"));
  if (parsed.kind !== "run") throw new Error(JSON.stringify(parsed));
  const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { version: string };
  const gateway = await createGateway(parsed.config, {
    version,
    bootId: "boot",
    log: pino({ level: "silent" }),
    webRoot: "/no/such",
    descriptors: readFileSync(new URL("packages/protocol/descriptors.binpb", root)),
    ...options,
  });
  return { address: await gateway.listen(), close: (graceMs = 0) => gateway.close(graceMs) };
}
