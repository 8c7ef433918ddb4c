// What registries may make the gateway call.
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { KV } from "@rpcdeck/protocol/etcd/rpc_pb.ts";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { startWholeGateway } from "./test-whole-gateway.ts";

test("an address that a registry names is refused where it is link-local; a file names instances too", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "rpcdeck-registered-"));
  const file = path.join(folder, "list.json");
  writeFileSync(file, JSON.stringify([{ url: "grpc://127.0.0.1:1", service: "a.File" }]));
  const gateway = await startWholeGateway(["--registry", `file:${file}`]);
  try {
    const { address } = gateway;
    const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
    const record = JSON.stringify({ Op: 0, Addr: "169.254.169.254:80", Metadata: null });
    await createClient(KV, createGrpcTransport({ baseUrl: address })).put({ key: encode("metadata/a"), value: encode(record) });
    const call = async (service: string, target: string): Promise<unknown> => {
      const headers = { "content-type": "application/json", ...(target === "" ? {} : { "rpcdeck-target": target }) };
      return (await fetch(`${address}/${service}/M`, { method: "POST", headers, body: "{}" })).json();
    };
    await expect
      .poll(() => call("a.B", "embedded/metadata/a"))
      .toMatchObject({
        code: "permission_denied",
        message: expect.stringContaining("169.254.169.254"),
      });
    await expect.poll(() => call("a.File", "")).toMatchObject({ code: "unavailable", message: "127.0.0.1:1: connection refused" });
  } finally {
    await gateway.close(0);
    rmSync(folder, { recursive: true });
  }
});
