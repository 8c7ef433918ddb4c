import net from "node:net";
import { expect, it } from "vitest";
import { echo, startInbound } from "./test-inbound.ts";

/** An HTTP/2 frame. */
function frame(type: number, flags: number, streamId: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

const field = (name: string, value: string): Buffer =>
  Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value)]);

const request = Buffer.concat([
  field(":method", "POST"),
  field(":scheme", "http"),
  field(":path", "/a.B/C"),
  field(":authority", "127.0.0.1"),
  field("content-type", "application/grpc"),
  field("te", "trailers"),
]);

it("ends a connection whose streams are opened and reset at once, after a small part of them", async () => {
  const resets = 20_000;
  const limit = 200;
  let dispatched = 0;
  await using server = await startInbound((call) => {
    dispatched++;
    echo(call);
  });
  const socket = net.connect(server.port, "127.0.0.1");
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => {}); // written into a connection that is gone
  socket.resume();
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  socket.write(frame(4, 0, 0));
  const cancel = Buffer.from([0, 0, 0, 8]);
  for (let at = 0; at < resets; at++) {
    const id = 2 * at + 1;
    socket.write(Buffer.concat([frame(1, 4, id, request), frame(3, 0, id, cancel)]));
  }
  await closed;
  expect(dispatched).toBeGreaterThan(0);
  // The limit of streams holds within one read too: what it reset in the same read is not gone yet.
  expect(dispatched).toBeLessThanOrEqual(limit);
  expect((await fetch(`${server.url}/-/healthz`)).status).toBe(200);
});

it("closes connections beyond the limit and takes new ones when others have gone", async () => {
  await using server = await startInbound(echo, { limits: { maxConnections: 2 } });
  const open = async (): Promise<{ socket: net.Socket; closed: Promise<void> }> => {
    const socket = net.connect(server.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.resume();
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    await new Promise((resolve) => socket.once("connect", resolve));
    return { socket, closed };
  };
  const held = [await open(), await open()];
  const refused = await open();
  await refused.closed;
  for (const { socket, closed } of held) {
    socket.destroy();
    await closed;
  }
  await expect.poll(async () => (await fetch(`${server.url}/-/healthz`).catch(() => undefined))?.status).toBe(200);
});
