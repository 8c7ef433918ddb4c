import tls from "node:tls";

let isDone = false;

/**
 * Trusts the authorities of the operating system (a company's own, mkcert's) beside those that Node brings, in the whole process. Done once,
 * on the first TLS connection that needs it, for it takes about 0.1 s.
 */
export function trustSystemAuthorities(): void {
  if (isDone) return;
  isDone = true;
  try {
    const system = tls.getCACertificates("system");
    if (system.length > 0) tls.setDefaultCACertificates([...new Set([...tls.getCACertificates("default"), ...system])]);
  } catch {
    // A store that cannot be read adds nothing; Node's own list stays, and a refusal names the certificate.
  }
}
