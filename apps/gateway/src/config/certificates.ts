import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { reasonOf } from "./reading.ts";

/** A PEM text with the words that name it in problems, such as `--tls-cert cert.pem`. */
export interface NamedPem {
  readonly name: string;
  readonly pem: string;
}

/** What is wrong with a text that should hold certificates in PEM, in one line; undefined when the first one can be read. */
export function certificateProblem({ name, pem }: NamedPem): string | undefined {
  const certificate = readCertificate(pem);
  return certificate instanceof X509Certificate ? undefined : `${name}: no certificate in PEM: ${certificate.why}`;
}

/** What is wrong with a certificate and the key that should be its own, in one line; undefined when they belong together. */
export function keyPairProblem(cert: NamedPem, key: NamedPem): string | undefined {
  const certificate = readCertificate(cert.pem);
  if (!(certificate instanceof X509Certificate)) return `${cert.name}: no certificate in PEM: ${certificate.why}`;
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(key.pem);
  } catch (error) {
    return /ENCRYPTED/u.test(key.pem) // the label of PKCS #8, or Proc-Type of the older form
      ? `${key.name}: the key is encrypted; write it without a passphrase (openssl pkey -in OLD -out NEW)`
      : `${key.name}: no private key in PEM: ${reasonOf(error)}`;
  }
  return certificate.checkPrivateKey(privateKey) ? undefined : `${key.name}: the key does not belong to the certificate of ${cert.name}`;
}

function readCertificate(pem: string): X509Certificate | { readonly why: string } {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    return { why: reasonOf(error) };
  }
}
