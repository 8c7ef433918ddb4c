import { BlockList } from "node:net";
import type { InboundLimits } from "./limits.ts";

/** Counts the connections of callers. */
export interface ConnectionCap {
  /** Takes a place for a connection from an IP address. Answers what is wrong, in words, where there is none: then it holds no place. */
  enter(address: string): string | undefined;
  /** Gives the place of an entered connection back. */
  leave(address: string): void;
}

/** This machine's own addresses, which every proxy, tunnel and container port on it shares. */
const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** None yet. */
export function createConnectionCap(limits: Pick<InboundLimits, "maxConnections" | "maxConnectionsPerAddress">): ConnectionCap {
  const { maxConnections, maxConnectionsPerAddress } = limits;
  const counts = new Map<string, number>();
  let total = 0;
  return {
    enter(address) {
      if (total >= maxConnections) {
        return `this gateway has ${total} connections, its limit (--max-connections): close some, or start it with a higher one`;
      }
      const own = counts.get(address) ?? 0;
      if (own >= maxConnectionsPerAddress && !isLoopback(address)) {
        return `this gateway has ${own} connections from ${address}, its limit for one address (--max-per-address): close some, or start it with a higher one`;
      }
      total++;
      counts.set(address, own + 1);
      return undefined;
    },
    leave(address) {
      total--;
      const left = (counts.get(address) ?? 0) - 1;
      if (left > 0) counts.set(address, left);
      else counts.delete(address);
    },
  };
}

function isLoopback(address: string): boolean {
  return loopback.check(address, address.includes(":") ? "ipv6" : "ipv4"); // mapped IPv4 included
}
