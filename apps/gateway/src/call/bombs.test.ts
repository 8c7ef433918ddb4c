import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { testInstance } from "../test-gateway.ts";
import { gatewayTo, rawBackend } from "./test-relay.ts";

const zeros = Buffer.alloc(300 * 1024 * 1024);
const bombs = { gzip: gzipSync(zeros), br: brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }) };

/** An envelope with flags. */
function envelope(flags: number, message: Uint8Array): Uint8Array {
  const prefix = Buffer.from([flags, 0, 0, 0, 0]);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

it.each([
  ["grpc", "gzip"],
  ["grpc", "br"],
  ["grpc-web", "gzip"],
  ["grpc-web", "br"],
] as const)("refuses a bomb of a %s backend in %s while it opens it, and lets go of the backend's stream", async (protocol, encoding) => {
  const backend = await rawBackend((stream) => {
    stream.respond({ ":status": 200, "content-type": `application/${protocol}+proto`, "grpc-encoding": encoding });
    stream.end(Buffer.concat([envelope(1, bombs[encoding]), envelope(0x80, Buffer.from("grpc-status: 0\r\n"))]));
  });
  const gateway = await gatewayTo({ instances: [testInstance(backend.address, protocol)] });
  const response = await fetch(`${gateway.url}/pb.Greeter/SayHello`, {
    method: "POST",
    headers: { "content-type": "application/json", "connect-protocol-version": "1" },
    body: "{}",
  });
  expect(await response.json()).toEqual({
    code: "resource_exhausted",
    message: "decompressed message is larger than the limit of 16777216 bytes (--max-message)",
  });
  await expect.poll(() => gateway.connections.counts().running).toBe(0);
});

it("refuses an answer by the size that its headers announce", async () => {
  const backend = await rawBackend((stream) => {
    stream.respond({ ":status": 200, "content-type": "application/proto", "content-length": "4294967295" });
    stream.write(Buffer.alloc(1024)); // and nothing more
  });
  const gateway = await gatewayTo({ instances: [testInstance(backend.address, "connect")] });
  const response = await fetch(`${gateway.url}/pb.Greeter/SayHello`, { method: "POST", headers: { "content-type": "application/proto" } });
  expect(await response.json()).toEqual({
    code: "resource_exhausted",
    message: `${backend.address}: message of 4294967295 bytes is larger than the limit of 16777216 bytes (--max-message)`,
  });
});
