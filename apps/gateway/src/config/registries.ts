import type { EtcdAccess } from "../catalog/sources/etcd-session.ts";
import { type EtcdLocation, parseEtcdUrl } from "../catalog/sources/etcd-url.ts";
import { type Checking, list, one, read } from "./reading.ts";
import { type ParseText, parseText } from "./values.ts";

/** A registry of `--registry`. */
export type RegistryConfig = EtcdRegistry | FileRegistry;

/** An etcd cluster to read. */
export interface EtcdRegistry extends EtcdLocation {
  readonly kind: "etcd";
  /** "etcd", or "etcd-2" for the second one. */
  readonly name: string;
  readonly access: EtcdAccess;
}

/** A JSON list of instances to read, and to read again when it changes. */
export interface FileRegistry {
  readonly kind: "file";
  /** "file", or "file-2" for the second one. */
  readonly name: string;
  readonly path: string;
  /** PEM of the authority to trust for TLS; undefined for the system's. */
  readonly ca: string | undefined;
}

type Location = ({ readonly kind: "etcd" } & EtcdLocation) | { readonly kind: "file"; readonly path: string };

/** All registries that are well written, with the credentials and the authority that the other settings name. */
export function registriesOf(checking: Checking, ca: string | undefined): RegistryConfig[] {
  const credentials = credentialsOf(checking);
  const access: EtcdAccess = {
    ...(ca === undefined ? {} : { tls: { kind: "tls", verify: true, ca } }),
    ...(credentials === undefined ? {} : { credentials }),
  };
  const counts = { etcd: 0, file: 0 };
  return list(checking, "registry", parseRegistry).map((location) => {
    const count = ++counts[location.kind];
    const name = count === 1 ? location.kind : `${location.kind}-${count}`;
    return location.kind === "etcd" ? { ...location, name, access } : { ...location, name, ca };
  });
}

const parseRegistry: ParseText<Location> = (text) => {
  if (text.startsWith("file:")) {
    const path = text.slice("file:".length).replace(/^\/\/(?=\/)/u, "");
    return path === "" ? { problem: "file: needs a path" } : { value: { kind: "file", path } };
  }
  if (!/^etcds?:/u.test(text)) {
    return {
      problem: `registry ${JSON.stringify(text.replace(/\/\/.*@/u, "//…@"))}: write etcd://host:port, etcds://host:port or file:PATH`,
    };
  }
  const location = parseEtcdUrl(text);
  return "problem" in location ? location : { value: { kind: "etcd", ...location } };
};

function credentialsOf(checking: Checking): EtcdAccess["credentials"] {
  const { problems, env } = checking;
  const path = one(checking, "registry-credentials", parseText);
  const text = path === undefined ? undefined : read(checking, "--registry-credentials", path);
  const parts = text === undefined ? undefined : /^([^:\s]+):(.+)$/u.exec(text.trim());
  if (text !== undefined && parts === null) problems.push("--registry-credentials: the file does not hold user:password");
  const name = parts?.[1] ?? env["RPCDECK_REGISTRY_USER"];
  const password = parts?.[2] ?? env["RPCDECK_REGISTRY_PASSWORD"];
  if (path === undefined && (name === undefined) !== (password === undefined)) {
    problems.push("RPCDECK_REGISTRY_USER and RPCDECK_REGISTRY_PASSWORD belong together");
  }
  return name === undefined || password === undefined ? undefined : { name, password };
}
