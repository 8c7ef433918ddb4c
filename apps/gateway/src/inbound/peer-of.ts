import type { Socket } from "node:net";

const told = new WeakMap<object, string>();

/**
 * The other end of a connection, such as `127.0.0.1:51234` or `[::1]:51234`. Node asks the system once and keeps the answer, so that it is known
 * after the end of a connection whose peer was asked for before.
 */
export function peerOf(socket: Pick<Socket, "remoteAddress" | "remotePort">): string | undefined {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined) return told.get(socket);
  return remoteAddress.includes(":") ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}

/** Says whose connection it is that comes by way of another process. */
export function peerIs(socket: Socket, peer: string | undefined): void {
  if (peer !== undefined) told.set(socket, peer);
}
