import tls from "node:tls";
import { isIP } from "node:net";
import type { InstanceTls } from "../catalog/instance.ts";
import { trustSystemAuthorities } from "./system-authorities.ts";

/** Application protocols offered in the TLS handshake. */
export type Alpn = readonly ("h2" | "http/1.1")[];

/** Node's options for TLS to an instance over a socket that is already open. `host` is the name that was dialled, without brackets. */
export function tlsOptionsFor(how: Extract<InstanceTls, { kind: "tls" }>, host: string, alpn: Alpn): tls.ConnectionOptions {
  const name = how.serverName ?? host;
  const options: tls.ConnectionOptions = { ALPNProtocols: [...alpn], rejectUnauthorized: how.verify, host: name };
  if (isIP(name) === 0) options.servername = name; // RFC 6066: a server name is never an address
  if (how.ca !== undefined) options.ca = how.ca;
  else if (how.verify) trustSystemAuthorities();
  if (how.clientCert !== undefined) {
    options.cert = how.clientCert.cert;
    options.key = how.clientCert.key;
  }
  // Node checks the certificate against servername, else host; an address is checked as an address.
  if (how.verify) options.checkServerIdentity = (_dialled, certificate) => tls.checkServerIdentity(name, certificate);
  return options;
}
