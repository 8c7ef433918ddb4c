// Backends behind a unix socket: configured ones are called as any other, typed ones only where that is allowed.
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { demoServices } from "@rpcdeck/testkit";
import { mkdtempSync, rmSync } from "node:fs";
import http2 from "node:http2";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startWholeGateway } from "./test-whole-gateway.ts";

const seen = { calls: 0, cancelled: 0, timeoutMs: undefined, headers: new Headers() };
const protos = new URL("../../../protos", import.meta.url).pathname;
let folder: string;
let socket: string;
let backend: http2.Http2Server;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "rpcdeck-unix-"));
  socket = path.join(folder, "greeter.sock");
  const handler = connectNodeAdapter({ routes: demoServices("socket", seen), grpc: true, grpcWeb: false, connect: false });
  backend = http2.createServer(handler);
  await new Promise<void>((resolve) => backend.listen(socket, resolve));
});

afterAll(async () => {
  await new Promise((resolve) => backend.close(resolve));
  rmSync(folder, { recursive: true });
});

/** Answers of a gateway with these flags to SayHello, by target; "" leaves the choice to it. */
async function answersOf(argv: readonly string[], targets: readonly string[]): Promise<unknown[]> {
  const gateway = await startWholeGateway(["--proto", protos, ...argv]);
  try {
    const answers: unknown[] = [];
    for (const target of targets) {
      const headers = { "content-type": "application/json", "rpcdeck-target": target };
      const response = await fetch(`${gateway.address}/pb.Greeter/SayHello`, { method: "POST", headers, body: `{"name":"socket"}` });
      answers.push(await response.json());
    }
    return answers;
  } finally {
    await gateway.close();
  }
}

test("a configured unix socket is called by gRPC", async () => {
  const before = seen.calls;
  const id = `static/pb.Greeter=unix:${socket}`;
  expect(await answersOf(["--target", `pb.Greeter=unix:${socket}`], [id])).toEqual([{ message: "hello socket" }]);
  expect(seen.calls).toBe(before + 1);
});

test("a typed one is refused with the flag that allows it, and called where it is given", async () => {
  expect(await answersOf([], [`unix:${socket}`])).toEqual([
    expect.objectContaining({ code: "permission_denied", message: expect.stringContaining("--allow-unix-targets") }),
  ]);
  expect(await answersOf(["--allow-unix-targets"], [`unix:${socket}`])).toEqual([{ message: "hello socket" }]);
});
