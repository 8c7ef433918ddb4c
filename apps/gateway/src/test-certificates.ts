import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** For tests: whether certificates can be made here. */
export const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

/** For tests: PEM files of one authority and of server certificates that it signed. */
export interface TestCertificates extends Disposable {
  readonly ca: string;
  /** For localhost and 127.0.0.1. */
  readonly good: { readonly cert: string; readonly key: string };
  /** For other.example only. */
  readonly wrong: { readonly cert: string; readonly key: string };
  /** For localhost and 127.0.0.1, and long expired. */
  readonly expired: { readonly cert: string; readonly key: string };
}

const authorityConfig = (folder: string): string => `[ca]
default_ca = own
[own]
database = ${folder}/index.txt
serial = ${folder}/serial
new_certs_dir = ${folder}
default_md = sha256
policy = names
unique_subject = no
[names]
commonName = supplied
`;

/** For tests: makes them with openssl, in a folder of their own. */
export function makeTestCertificates(): TestCertificates {
  const folder = mkdtempSync(path.join(tmpdir(), "rpcdeck-certificates-"));
  const at = (name: string): string => path.join(folder, name);
  const openssl = (...args: string[]): unknown => execFileSync("openssl", args, { stdio: "pipe" });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl("req", "-x509", ...newKey, "-keyout", at("ca.key"), "-out", at("ca.pem"), "-subj", "/CN=rpcdeck test", "-days", "2");
  writeFileSync(at("index.txt"), "");
  writeFileSync(at("serial"), "01");
  writeFileSync(at("ca.cnf"), authorityConfig(folder));
  const sign = (name: string, names: string, dates: readonly string[]): { cert: string; key: string } => {
    const [cert, key, request] = [at(`${name}.pem`), at(`${name}.key`), at(`${name}.csr`)];
    openssl("req", ...newKey, "-keyout", key, "-out", request, "-subj", `/CN=${name}`);
    writeFileSync(at(`${name}.ext`), `subjectAltName=${names}\n`);
    const signing = ["-cert", at("ca.pem"), "-keyfile", at("ca.key"), "-extfile", at(`${name}.ext`), "-in", request, "-out", cert];
    openssl("ca", "-batch", "-notext", "-config", at("ca.cnf"), ...signing, ...dates);
    return { cert, key };
  };
  const local = "DNS:localhost,IP:127.0.0.1";
  return {
    ca: at("ca.pem"),
    good: sign("good", local, ["-days", "2"]),
    wrong: sign("wrong", "DNS:other.example", ["-days", "2"]),
    expired: sign("expired", local, ["-startdate", "20200101000000Z", "-enddate", "20200102000000Z"]),
    [Symbol.dispose]() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
