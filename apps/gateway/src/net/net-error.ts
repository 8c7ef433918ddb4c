import { X509Certificate } from "node:crypto";

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset by the server",
  EPIPE: "connection closed by the server",
  ETIMEDOUT: "connection timed out",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network unreachable",
  EADDRNOTAVAIL: "address not available",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the name server did not answer",
  ENOENT: "no such socket",
  EACCES: "permission denied",
  ENOTSOCK: "not a socket",
  EMFILE: "too many open files",
  EPROTO: "TLS handshake failed",
  ERR_SSL_WRONG_VERSION_NUMBER: "the server does not speak TLS",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "the server does not speak TLS",
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: "the server speaks neither HTTP/2 nor HTTP/1.1 over TLS",
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: "the server wants another TLS version",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "the server wants a client certificate",
  "ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE": "the server refused the TLS handshake; it may want a client certificate",
  "ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE": "the server refused the client certificate",
  "ERR_SSL_SSL/TLS_ALERT_UNSUPPORTED_CERTIFICATE": "the server does not take this kind of client certificate",
  "ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_REVOKED": "the server says that the client certificate was revoked",
  "ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED": "the server says that the client certificate has expired",
  "ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_UNKNOWN": "the server refused the client certificate",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "the server does not trust the client certificate",
  ERR_SSL_TLSV1_ALERT_ACCESS_DENIED: "the server refused the client certificate",
  DEPTH_ZERO_SELF_SIGNED_CERT: "certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "certificate chain ends in a self-signed certificate that is not trusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "certificate is not signed by a trusted authority",
  UNABLE_TO_GET_ISSUER_CERT: "certificate is not signed by a trusted authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "certificate is not signed by a trusted authority",
  CERT_HAS_EXPIRED: "certificate has expired",
  CERT_NOT_YET_VALID: "certificate is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "certificate is for another name",
};

/** Why a connection failed, in a few plain words such as `connection refused`. Accepts whatever Node throws or emits. */
export function describeNetError(error: unknown): string {
  const one = firstCause(error);
  const code = codeOf(one);
  const known = code === undefined ? undefined : words[code];
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return `${known}${namesIn(one)}`;
  if (known !== undefined) return known;
  if (!(one instanceof Error)) return String(one);
  return /wrong version number|packet length too long/u.test(one.message) ? "the server does not speak TLS" : one.message;
}

/** The system or library code of an error, such as `ECONNREFUSED`; undefined where it has none. */
export function codeOf(error: unknown): string | undefined {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

/** Several addresses tried give an AggregateError; a refusal says more than a missing route. */
function firstCause(error: unknown): unknown {
  if (!(error instanceof AggregateError) || error.errors.length === 0) return error;
  const causes: readonly unknown[] = error.errors;
  return causes.find((cause) => codeOf(cause) === "ECONNREFUSED") ?? causes[0];
}

function namesIn(error: unknown): string {
  const cert = typeof error === "object" && error !== null && "cert" in error ? error.cert : undefined;
  const raw = typeof cert === "object" && cert !== null && "raw" in cert ? cert.raw : undefined;
  if (!(raw instanceof Uint8Array)) return "";
  try {
    const names = new X509Certificate(raw).subjectAltName;
    return names === undefined ? "" : ` (${names.slice(0, 200)})`;
  } catch {
    return ""; // the certificate is the peer's; what cannot be read adds nothing to the message
  }
}
