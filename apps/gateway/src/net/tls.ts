import { isIP, type Socket } from "node:net";
import tls from "node:tls";
import type { InstanceTls } from "../catalog/instance.ts";
import { trustSystemAuthorities } from "./system-authorities.ts";

/** Application protocols offered in the TLS handshake. */
export type Alpn = readonly ("h2" | "http/1.1")[];

/** Whether a server asked for a client certificate, and whether one was shown. */
export type CertificateAsked = "no" | "shown" | "not shown";

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

/** Whether the server on an open connection asked for a client certificate; "no" without TLS. */
export function certificateAsked(socket: Socket): CertificateAsked {
  // Of a server, OpenSSL knows signature algorithms from a certificate request alone (RFC 8446, 4.3.2; RFC 5246, 7.4.4).
  if (!(socket instanceof tls.TLSSocket) || socket.destroyed || socket.getSharedSigalgs().length === 0) return "no";
  return Object.keys(socket.getCertificate() ?? {}).length > 0 ? "shown" : "not shown";
}

/** Why a connection ended before the server said a word of HTTP; a server that asked for a client certificate may have wanted that. */
export function withCertificateAsked(why: string, how: CertificateAsked): string {
  switch (how) {
    case "no":
      return why;
    case "shown":
      return why.includes("client certificate") ? why : `${why}; the server asked for a client certificate and may not trust the one shown`;
    case "not shown": {
      const asked = why.includes("client certificate") ? "" : " the server asked for a client certificate, and";
      return `${why};${asked} this target has none (cert and key in the file of --config)`;
    }
  }
}
