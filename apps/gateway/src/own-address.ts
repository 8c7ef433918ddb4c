import { networkInterfaces } from "node:os";

/**
 * True when `address` (`host:port`, `[v6]:port`) leads to a listener on `listenHost` and `port`: then the call stays in this process, and no
 * socket to ourselves is ever opened (decision 15). Names are not resolved, except localhost.
 */
export function isLocalAddress(address: string, listenHost: string, port: number): boolean {
  const colon = address.lastIndexOf(":");
  if (address.slice(colon + 1) !== String(port)) return false;
  const host = address.slice(0, colon).replace(/^\[|\]$/gu, "");
  if (host === listenHost) return true;
  const isLoopback = host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/u.test(host);
  if (listenHost === "localhost" || listenHost === "127.0.0.1") return host === "localhost" || host === "127.0.0.1";
  if (listenHost !== "0.0.0.0" && listenHost !== "::") return false;
  return isLoopback || Object.values(networkInterfaces()).some((each) => each?.some((entry) => entry.address === host));
}
