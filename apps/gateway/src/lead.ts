import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import net, { type AddressInfo } from "node:net";
import path from "node:path";
import type { Catalog } from "./catalog/catalog.ts";
import type { Config } from "./config.ts";
import type { Inbound } from "./inbound/inbound.ts";
import type { InboundTls } from "./inbound/listener.ts";
import type { CheckResult } from "./routing/check-health.ts";
import type { TrafficCall } from "./routing/traffic.ts";
import type { SchemaStore } from "./schema/schema-store.ts";
import type { WorkerSetting } from "./worker.ts";
import type { Workers } from "./workers/fork-workers.ts";
import { sendCopy, type SentCopy } from "./workers/send-copy.ts";

/** The gateway's side of its workers: it serves what they pass on, and keeps their copies true. */
export interface Lead {
  /** Opens the port and starts the workers. Resolves with the port once they are ready; rejects with the system's error. */
  listen(inbound: Pick<Inbound, "listenInside">): Promise<number>;
  /** A health check told something. */
  checked(instanceId: string, result: CheckResult): void;
  /** Has the workers tell callers to go elsewhere. */
  leave(): void;
  /** Closes the port. Resolves when no worker is left. */
  end(graceMs: number): Promise<void>;
}

/** What a lead works with. */
export interface LeadOptions {
  readonly workers: Workers<WorkerSetting>;
  readonly config: Config;
  readonly tls: InboundTls | undefined;
  readonly version: string;
  readonly bootId: string;
  readonly catalog: Catalog;
  readonly store: SchemaStore;
  readonly writeAccess: ((lines: string) => void) | undefined;
  readonly onTraffic: (call: TrafficCall) => void;
}

/** No worker runs before `listen`. */
export function createLead(options: LeadOptions): Lead {
  const { workers, config, catalog, store } = options;
  const folder = mkdtempSync(path.join(tmpdir(), "rpcdeck-")); // for this user only
  const insidePath = path.join(folder, "lead");
  /** What the last check of each instance said against it. */
  const failing = new Map<string, CheckResult>();
  let copy: SentCopy | undefined;
  const server = net.createServer({ pauseOnConnect: true }, (socket) => {
    workers.give(socket);
  });

  return {
    async listen(inbound) {
      await inbound.listenInside(insidePath);
      const sent = sendCopy(catalog, store, (change) => {
        workers.send({ kind: "copy", change });
        for (const id of change.gone) failing.delete(id);
      });
      copy = sent;
      const port = await listenOn(server, config.listen);
      await workers.start({
        startOf: (number) => ({
          kind: "start",
          setting: {
            number,
            port,
            config,
            tls: options.tls,
            insidePath,
            version: options.version,
            bootId: options.bootId,
            writesAccess: options.writeAccess !== undefined,
          },
          copy: sent.whole(),
          checked: Array.from(failing, ([instanceId, result]) => ({ instanceId, result })),
        }),
        onEnded(lines, calls) {
          if (lines !== "") options.writeAccess?.(lines);
          for (const call of calls) options.onTraffic(call);
        },
      });
      return port;
    },
    checked(instanceId, result) {
      if (result.kind === "serving") failing.delete(instanceId);
      else failing.set(instanceId, result);
      workers.send({ kind: "checked", checked: { instanceId, result } });
    },
    leave: () => workers.send({ kind: "leave" }),
    async end(graceMs) {
      server.close(); // what was accepted is on its way to a worker, before the word to end
      await workers.end(graceMs);
      copy?.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function listenOn(server: net.Server, { host, port }: Config["listen"]): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
