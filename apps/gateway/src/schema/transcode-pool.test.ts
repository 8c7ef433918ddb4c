// Messages that are small on the wire and huge in memory: two bytes a sub-message.
import { fromBinary, createFileRegistry } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import type { MethodSchema } from "./schema-view.ts";
import { createTranscodePool, type TranscodePool, type TranscodePoolOptions } from "./transcode-pool.ts";

const mib = 1024 * 1024;
const descriptors = new URL("../../../../packages/protocol/descriptors.binpb", import.meta.url);
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptors)));
const getPerson = registry.getService("pb.AddressBookService")!.methods.find(({ name }) => name === "GetPerson")!;
const person: MethodSchema = { kind: "unary", method: getPerson, registry };
const innocent = Buffer.from([0x0a, 1, 0x78]); // name: "x"

/** A Person with as many empty phones as fit. */
function bomb(bytes: number): Buffer {
  const tag = (getPerson.output.fields.find(({ name }) => name === "phones")!.number << 3) | 2;
  return Buffer.alloc(bytes, Buffer.from([tag, 0]));
}

let started: TranscodePool | undefined;
afterEach(() => started?.close());
function start(options: Partial<TranscodePoolOptions> = {}): TranscodePool {
  started = createTranscodePool({ maxMessageBytes: 16 * mib, ...options });
  return started;
}

const outcome = (result: Promise<Uint8Array>): Promise<string> =>
  result.then(
    (bytes) => new TextDecoder().decode(bytes),
    (error: Error & { code: string }) => `${error.code}: ${error.message}`,
  );

test("a message that needs too much memory ends its own process, and no other message", async () => {
  const pool = start({ heapMiB: 48, processes: 2 });
  const poisoned = outcome(pool.transcode(person, "response", bomb(mib)));
  const others = Array.from({ length: 8 }, () => outcome(pool.transcode(person, "response", innocent)));
  expect(await Promise.all(others)).toEqual(Array.from({ length: 8 }, () => `{"name":"x"}`));
  expect(await poisoned).toBe(
    "message_too_large: a message of 1048576 bytes needs more than 48 MiB of memory to be turned from or to JSON",
  );
  // Processes that died are replaced, also for messages that wait behind two of them.
  const next = [bomb(mib), bomb(mib), innocent].map((bytes) => outcome(pool.transcode(person, "response", bytes)));
  expect((await Promise.all(next))[2]).toBe(`{"name":"x"}`);
});

test("a message that takes too long ends its own process, and no other message", async () => {
  const pool = start({ jobTimeoutMs: (bytes) => (bytes > mib ? 20 : 30_000), processes: 1 });
  const poisoned = outcome(pool.transcode(person, "response", bomb(2 * mib)));
  const waits = outcome(pool.transcode(person, "response", innocent));
  expect(await poisoned).toBe("message_too_large: a message of 2097152 bytes needs more than 0.02 s to be turned from or to JSON");
  expect(await waits).toBe(`{"name":"x"}`);
});

test("a bomb of 4 MiB does not hold up the gateway", async () => {
  const pool = start();
  await pool.transcode(person, "response", innocent); // the process is there
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const startedMs = performance.now();
  const text = await outcome(pool.transcode(person, "response", bomb(4 * mib)));
  delay.disable();
  process.stderr.write(
    `bomb of 4 MiB: ${(performance.now() - startedMs).toFixed(0)} ms, gateway late by at most ${(delay.max / 1e6).toFixed(0)} ms\n`,
  );
  expect(text).toMatch(/^\{"phones":\[\{\}|^message_too_large/u);
  // Decoded in the gateway it is late by seconds; what is left are copies of the bytes, and other work of the machine.
  expect(delay.max / 1e6).toBeLessThan(500);
});

test("too many large messages at once are refused, and a pool that is closed says so", async () => {
  const pool = start({ processes: 1 });
  const all = Array.from({ length: 110 }, () => outcome(pool.transcode(person, "response", innocent)));
  const refused = (await Promise.all(all)).filter((text) => text.startsWith("too_busy: 100 large messages wait"));
  expect(refused).toHaveLength(9);
  const running = outcome(pool.transcode(person, "response", bomb(4 * mib)));
  const waiting = outcome(pool.transcode(person, "response", innocent));
  pool.close();
  expect(await running).toBe("shutting_down: the gateway is ending");
  expect(await waiting).toBe("shutting_down: the gateway is ending");
});

test("its processes end with the gateway, also when that is killed", async (context) => {
  if (process.platform !== "linux") return context.skip("children are read from /proc, which only Linux has");
  const pool = new URL("./transcode-pool.ts", import.meta.url).href;
  const gateway = spawn(
    process.execPath,
    [
      "--input-type=module-typescript",
      "--eval",
      `import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
       import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
       import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
       import { createTranscodePool } from ${JSON.stringify(pool)};
       const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(${JSON.stringify(fileURLToPath(descriptors))})));
       const method = registry.getService("pb.AddressBookService").methods.find(({ name }) => name === "GetPerson");
       await createTranscodePool({ maxMessageBytes: 16 }).transcode({ kind: "unary", method, registry }, "response", Buffer.from([0x0a, 1, 0x78]));
       process.stdout.write(readFileSync(\`/proc/self/task/\${process.pid}/children\`));
       setInterval(() => undefined, 1000);`,
    ],
    { cwd: fileURLToPath(new URL(".", import.meta.url)), stdio: ["ignore", "pipe", "inherit"] },
  );
  const [children] = (await once(gateway.stdout, "data")) as [Buffer];
  const child = children.toString().trim();
  expect(child).toMatch(/^\d+$/u);
  expect(existsSync(`/proc/${child}/exe`)).toBe(true);
  gateway.kill("SIGKILL");
  await expect.poll(() => existsSync(`/proc/${child}/exe`), { timeout: 10_000 }).toBe(false);
});
