// Sends an attack over a connection of its own, and notes what becomes of it. A worker thread, so that the backend and the run go on beside
// it.
import net from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { type Attack, attacksOn } from "./attacks.ts";
import { createFrameReader, flag, frame, frameType, preface } from "./http2-frames.ts";

/** What the thread is started with. */
export interface AttackOrder {
  /** Port of the gateway. */
  readonly port: number;
  /** Where its requests would go. */
  readonly target: string;
  /** Name of the attack. */
  readonly name: string;
  /** Gives up after so long, in milliseconds. */
  readonly patienceMs: number;
}

/** How an attack went. Times in milliseconds from its first byte. */
export interface AttackResult {
  /** Repetitions that were written before the connection was closed. */
  readonly sent: number;
  /** Error code of the GOAWAY, such as 11 for ENHANCE_YOUR_CALM; undefined where none came or nobody read. */
  readonly goaway: number | undefined;
  /** When the connection was closed; undefined: not within the patience. */
  readonly closedMs: number | undefined;
}

/** Repetitions that are written in one turn of the event loop. */
const batch = 100;
/** How often an attacker that holds a connection pings it, in milliseconds: often enough to look alive. */
const holdPingMs = 200;

const order = workerData as AttackOrder;
const chosen = attacksOn(order.target).find(({ name }) => name === order.name);
if (chosen !== undefined) parentPort?.postMessage(await attackPort(chosen, order));

async function attackPort(attack: Attack, { port, patienceMs }: AttackOrder): Promise<AttackResult> {
  let [sent, isOpen] = [0, true];
  let goaway: number | undefined;
  let closedMs: number | undefined;
  const ended = Promise.withResolvers<void>();
  const settled = Promise.withResolvers<void>();
  const socket = net.connect(port, "127.0.0.1");
  const startedMs = performance.now();
  socket.on("error", () => {}); // written into a connection that is gone
  socket.once("close", () => {
    if (isOpen) closedMs = performance.now() - startedMs;
    isOpen = false;
    ended.resolve();
  });
  const timer = setTimeout(() => {
    isOpen = false;
    ended.resolve();
  }, patienceMs);
  socket.on(
    "data",
    createFrameReader(({ type, flags, payload }) => {
      if (type === frameType.goaway) goaway = payload.readUInt32BE(4);
      if (type !== frameType.settings || flags !== flag.none || attack.reads === "no settings") return;
      // Acknowledged as any client would: only then do the server's limits hold.
      socket.write(frame(frameType.settings, flag.ack, 0));
      settled.resolve();
    }),
  );
  socket.write(Buffer.concat([preface, frame(frameType.settings, flag.none, 0)]));
  if (attack.reads !== "no settings") await Promise.race([settled.promise, ended.promise]);
  if (attack.reads === "never") socket.pause();
  while (isOpen && sent < attack.count) {
    const pieces: Buffer[] = [];
    for (let at = 0; at < batch && sent < attack.count; at++) pieces.push(attack.repeat(sent++));
    if (socket.write(Buffer.concat(pieces))) await turn();
    else await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), ended.promise]);
  }
  const ping = frame(frameType.ping, flag.none, 0, Buffer.alloc(8));
  const pings = attack.closes === "idle" ? setInterval(() => socket.write(ping), holdPingMs) : undefined;
  await ended.promise;
  clearTimeout(timer);
  clearInterval(pings);
  socket.destroy();
  return { sent, goaway, closedMs };
}
