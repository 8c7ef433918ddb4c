import net, { type Socket } from "node:net";
import { listen, type TestServer } from "@rpcdeck/testkit";

/** What a proxy does to the bytes between gateway and backend. */
export interface ProxyFault {
  /** Each piece waits so long, in each direction, in milliseconds. */
  readonly latencyMs?: number;
  /** Pieces are cut to this many bytes, each in a turn of its own. */
  readonly sliceBytes?: number;
  /** Both sides are reset after so many bytes of the backend. */
  readonly cutAfterBytes?: number;
  /** What happens to a new connection: it is carried, swallowed (nothing is ever answered), or reset. Default "carry". */
  readonly accept?: "carry" | "swallow" | "reset";
}

/** A TCP proxy with a fault. */
export interface FaultProxy extends TestServer {
  /** From now on bytes of open connections go nowhere, and their sockets stay. */
  blackhole(): void;
  /** From now on everything is carried, on new connections. */
  heal(): void;
}

/** Starts one in front of a port of this machine. */
export async function startFaultProxy(backendPort: number, fault: ProxyFault): Promise<FaultProxy> {
  let isHealed = false;
  const holes = new Set<{ isHole: boolean }>();
  const server = net.createServer({ noDelay: true }, (socket) => {
    const now: ProxyFault = isHealed ? {} : fault;
    if (now.accept === "reset") {
      socket.resetAndDestroy();
      return;
    }
    if (now.accept === "swallow") {
      socket.resume();
      return;
    }
    const upstream = net.connect({ port: backendPort, host: "127.0.0.1", noDelay: true });
    const state = { isHole: false };
    holes.add(state);
    const end = (): void => {
      holes.delete(state);
      socket.destroy();
      upstream.destroy();
    };
    for (const one of [socket, upstream]) one.on("error", end).on("close", end);
    carry(socket, upstream, now, state);
    carry(upstream, socket, now, state, () => {
      socket.resetAndDestroy();
      upstream.resetAndDestroy();
    });
  });
  const running = await listen(server);
  return {
    ...running,
    blackhole() {
      for (const state of holes) state.isHole = true;
    },
    heal() {
      isHealed = true;
    },
  };
}

/** Copies in order, as the fault says; with `cut`, until the fault's number of bytes has passed. */
function carry(from: Socket, to: Socket, fault: ProxyFault, state: { readonly isHole: boolean }, cut?: () => void): void {
  const queue: Buffer[] = [];
  let isBusy = false;
  let left = cut === undefined ? undefined : fault.cutAfterBytes;
  const next = (): void => {
    const head = queue[0];
    isBusy = head !== undefined && !to.destroyed;
    if (head === undefined || to.destroyed) return;
    const size = Math.min(head.length, fault.sliceBytes ?? head.length, left ?? head.length);
    if (size === head.length) queue.shift();
    else queue[0] = head.subarray(size);
    if (!state.isHole) to.write(head.subarray(0, size));
    if (left !== undefined) left -= size;
    if (left === 0) cut?.();
    else setImmediate(next);
  };
  const take = (chunk: Buffer): void => {
    queue.push(chunk);
    if (!isBusy) next();
  };
  from.on("data", (chunk: Buffer) => {
    if (fault.latencyMs === undefined) take(chunk);
    else setTimeout(take, fault.latencyMs, chunk); // equal times fire in order
  });
}
