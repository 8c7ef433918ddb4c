import { randomBytes, X509Certificate } from "node:crypto";
import type { InboundTls } from "./inbound/listener.ts";

/** A certificate that was made here, with its key, PEM. */
export interface SelfSignedCertificate extends Pick<InboundTls, "cert" | "key"> {
  /** SHA-256 of the certificate, as browsers and openssl show it: `AB:CD:...`. */
  readonly fingerprint: string;
}

/** TLS of the port as it is configured. PEM texts. */
export type TlsSetting =
  | ({ readonly kind: "given" } & InboundTls)
  | { readonly kind: "self-signed"; readonly clientCa: string | undefined };

/** What the certificate is good for: names as text, addresses as bytes too. */
const names: readonly { readonly name: string; readonly address?: readonly number[] }[] = [
  { name: "localhost" },
  { name: "127.0.0.1", address: [127, 0, 0, 1] },
  { name: "::1", address: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] },
];
/** How long it is good, in days: it is made anew at each start. */
const validDays = 365;
/** How much earlier than now it begins to be good, in milliseconds, for clocks that differ. */
const earlierMs = 3_600_000;

/** TLS of the port as it is served, with the fingerprint of a certificate that was made for it; undefined without TLS. */
export async function tlsFrom(setting: TlsSetting | undefined): Promise<(InboundTls & { readonly fingerprint?: string }) | undefined> {
  return setting?.kind === "self-signed" ? { ...(await makeSelfSignedCertificate()), clientCa: setting.clientCa } : setting;
}

/** Object identifiers of RFC 5280 and X.520. */
const oids = {
  commonName: "2.5.4.3",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
} as const;

/**
 * Makes a certificate for this machine's own names (ECDSA on P-256, version 3) that signs itself and can sign no other. Key and certificate are
 * in memory only; both are new each time. Whoever trusts it trusts no more than the holder of this key.
 */
export async function makeSelfSignedCertificate(now: Date = new Date()): Promise<SelfSignedCertificate> {
  // Only where it is asked for: the libraries take longer to load than the certificate to make.
  const [{ BitString, Integer, OctetString, Utf8String }, pki] = await Promise.all([import("asn1js"), import("pkijs")]);
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const { publicKey, privateKey } = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);

  const certificate = new pki.Certificate();
  certificate.version = 2; // which is how X.509 spells version 3
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40; // positive, and always 16 bytes
  certificate.serialNumber = new Integer({ valueHex: new Uint8Array(serial) });
  for (const name of [certificate.subject, certificate.issuer]) {
    name.typesAndValues.push(
      new pki.AttributeTypeAndValue({ type: oids.commonName, value: new Utf8String({ value: "rpcdeck on this machine" }) }),
    );
  }
  certificate.notBefore.value = new Date(now.getTime() - earlierMs);
  certificate.notAfter.value = new Date(now.getTime() + validDays * 86_400_000);

  const alternatives = names.map(({ name, address }) =>
    address === undefined
      ? new pki.GeneralName({ type: 2, value: name })
      : new pki.GeneralName({ type: 7, value: new OctetString({ valueHex: new Uint8Array(address) }) }),
  );
  const digitalSignature = new BitString({ valueHex: new Uint8Array([0x80]), unusedBits: 7 });
  const extension = (extnID: string, critical: boolean, value: { toBER(): ArrayBuffer }) =>
    new pki.Extension({ extnID, critical, extnValue: value.toBER() });
  certificate.extensions = [
    extension(oids.basicConstraints, true, new pki.BasicConstraints({ cA: false }).toSchema()),
    extension(oids.keyUsage, true, digitalSignature),
    extension(oids.extendedKeyUsage, false, new pki.ExtKeyUsage({ keyPurposes: [oids.serverAuth] }).toSchema()),
    extension(oids.subjectAltName, false, new pki.GeneralNames({ names: alternatives }).toSchema()),
  ];
  await certificate.subjectPublicKeyInfo.importKey(publicKey);
  await certificate.sign(privateKey, "SHA-256");

  const cert = toPem("CERTIFICATE", certificate.toSchema().toBER());
  const key = toPem("PRIVATE KEY", await crypto.subtle.exportKey("pkcs8", privateKey));
  return { cert, key, fingerprint: new X509Certificate(cert).fingerprint256 };
}

/** RFC 7468. */
function toPem(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/gu) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
