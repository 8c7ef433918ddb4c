import type { Instance, InstanceTls } from "../catalog/instance.ts";
import { staticInstance, type StaticTarget } from "../catalog/sources/static.ts";
import { certificateProblem, keyPairProblem, type NamedPem } from "./certificates.ts";
import { type Checking, read } from "./reading.ts";
import { type TlsTrust, tlsWith } from "../net/tls-trust.ts";
import { parseTarget } from "../net/target.ts";
import type { Setting } from "./settings.ts";

/** A backend of `--target`. */
export interface ConfiguredTarget {
  /** As it is called until more is known. */
  readonly instance: Instance;
  /** For a target without a scheme, which is probed: the TLS to use should it turn out to speak TLS. */
  readonly tlsIfSpoken: TlsOptions | undefined;
}

/** TLS and how it is checked. */
export type TlsOptions = Exclude<InstanceTls, { kind: "plaintext" }>;

/** All targets that are well written, with TLS as the other settings say. */
export function targetsOf(checking: Checking, trust: TlsTrust): ConfiguredTarget[] {
  const { settings, problems } = checking;
  const targets: ConfiguredTarget[] = [];
  for (const setting of settings.get("target") ?? []) {
    const target = staticTarget(checking, setting, trust.ca);
    const instance = target === undefined ? undefined : staticInstance(target);
    if (target === undefined || instance === undefined) continue;
    if ("problem" in instance) {
      problems.push(`${setting.origin}: ${instance.problem}`);
      continue;
    }
    const { id, address } = instance;
    if (targets.some((other) => other.instance.id === id)) {
      problems.push(`${setting.origin}: ${id} is given twice`);
      continue;
    }
    const parsed = parseTarget(target.url);
    const isBare = parsed.kind === "target" && parsed.target.protocol === undefined;
    const { ca: trusted, clientCert } = target;
    const tlsIfSpoken: TlsOptions = {
      ...tlsWith(trust, address),
      ...(trusted === undefined ? {} : { ca: trusted }),
      ...(clientCert === undefined ? {} : { clientCert }),
    };
    const tls = instance.tls.kind === "tls" && !tlsIfSpoken.verify ? { ...instance.tls, verify: false } : instance.tls;
    targets.push({ instance: { ...instance, tls }, tlsIfSpoken: isBare ? tlsIfSpoken : undefined });
  }
  return targets;
}

/** Keys of a target that is written as an object in the configuration file. */
const targetKeys = ["url", "pattern", "metadata", "ca", "cert", "key", "server-name", "authority", "skip-verify"];

function staticTarget(checking: Checking, { value, origin }: Setting, ca: string | undefined): StaticTarget | undefined {
  const { problems } = checking;
  const trust = ca === undefined ? {} : { ca };
  if (typeof value === "string") {
    const parts = /^([\w.*]+)=(.+)$/su.exec(value);
    const pattern = parts?.[1];
    if (pattern !== undefined && !isPattern(pattern)) {
      problems.push(`${origin}: ${JSON.stringify(pattern)} is neither a service, nor prefix.*, nor *`);
      return undefined;
    }
    return { pattern, url: parts?.[2] ?? value, ...trust };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    problems.push(`${origin}: write a URL or an object with url`);
    return undefined;
  }
  const entry = value as Readonly<Record<string, unknown>>;
  const before = problems.length;
  for (const key of Object.keys(entry)) if (!targetKeys.includes(key)) problems.push(`${origin}.${key}: there is no such setting`);
  const text = (key: string): string | undefined => {
    const given = entry[key];
    if (given !== undefined && typeof given !== "string") problems.push(`${origin}.${key}: write text`);
    return typeof given === "string" ? given : undefined;
  };
  const file = (key: string): NamedPem | undefined => {
    const path = text(key);
    const pem = path === undefined ? undefined : read(checking, `${origin}.${key}`, path);
    return pem === undefined ? undefined : { name: `${origin}.${key} ${path}`, pem };
  };
  const url = text("url");
  if (url === undefined) problems.push(`${origin}: url is missing`);
  const pattern = text("pattern");
  if (pattern !== undefined && !isPattern(pattern)) problems.push(`${origin}.pattern: is neither a service, nor prefix.*, nor *`);
  const options = new URLSearchParams();
  const skipVerify = entry["skip-verify"] ?? false;
  if (typeof skipVerify !== "boolean") problems.push(`${origin}.skip-verify: write true or false`);
  if (skipVerify === true) options.set("verify", "none");
  const serverName = text("server-name");
  if (serverName !== undefined) options.set("server-name", serverName);
  const authority = text("authority");
  if (authority !== undefined) options.set("authority", authority);
  const [cert, key, own] = [file("cert"), file("key"), file("ca")];
  if ((entry["cert"] === undefined) !== (entry["key"] === undefined)) problems.push(`${origin}: cert and key belong together`);
  const pem = own === undefined ? undefined : certificateProblem(own);
  const pair = cert === undefined || key === undefined ? undefined : keyPairProblem(cert, key);
  problems.push(...[pem, pair].filter((problem) => problem !== undefined));
  const parsed = url === undefined ? undefined : parseTarget(url);
  if (parsed?.kind === "target" && parsed.target.tls === false && (own ?? cert ?? key) !== undefined) {
    problems.push(`${origin}: ${url} is called without TLS; ca, cert and key need grpcs:// or https, or a bare host:port`);
  }
  const metadata = metadataOf(entry["metadata"] ?? {}, origin, problems);
  if (problems.length > before || url === undefined) return undefined;
  return {
    pattern,
    url: options.size === 0 ? url : `${url}${url.includes("?") ? "&" : "?"}${options.toString()}`,
    metadata,
    ...(own === undefined ? trust : { ca: own.pem }),
    ...(cert === undefined || key === undefined ? {} : { clientCert: { cert: cert.pem, key: key.pem } }),
  };
}

function metadataOf(value: unknown, origin: string, problems: string[]): Instance["metadata"] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    problems.push(`${origin}.metadata: write an object of names and values`);
    return [];
  }
  return Object.entries(value).flatMap(([name, given]) => {
    const values: readonly unknown[] = Array.isArray(given) ? given : [given];
    return values.flatMap((each): Instance["metadata"] => {
      if (typeof each === "string" && /^[\w.-]+$/u.test(name)) return [[name.toLowerCase(), each]];
      problems.push(`${origin}.metadata.${name}: a name of letters, digits, - and a text`);
      return [];
    });
  });
}

function isPattern(text: string): boolean {
  return /^(?:\*|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?:\.\*)?)$/u.test(text);
}
