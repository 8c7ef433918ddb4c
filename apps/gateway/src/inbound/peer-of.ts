import type { Socket } from "node:net";

/**
 * The other end of a connection, such as `127.0.0.1:51234` or `[::1]:51234`. Node asks the system once and keeps the answer, so that it is known
 * after the end of a connection whose peer was asked for before.
 */
export function peerOf(socket: Pick<Socket, "remoteAddress" | "remotePort">): string | undefined {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined) return undefined;
  return remoteAddress.includes(":") ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}
