/** A setting of the gateway: a flag, a key of the configuration file and an environment variable in one. */
export interface FlagSpec {
  /** Without dashes; also the key in the configuration file. `RPCDECK_` and the name in capitals is the environment variable. */
  readonly name: string;
  /** "switch" takes no value, "list" may be given more than once. */
  readonly kind: "switch" | "value" | "list";
  /** What stands for the value in the help; "" for switches. */
  readonly value: string;
  readonly help: string;
  /** Only on the command line. */
  readonly isCommand?: true;
}

const flag = (kind: FlagSpec["kind"], name: string, value: string, help: string): FlagSpec => ({ kind, name, value, help });

/** All settings, grouped as the help shows them. */
export const flagGroups: readonly { readonly title: string; readonly flags: readonly FlagSpec[] }[] = [
  {
    title: "Where it listens",
    flags: [
      flag("value", "listen", "HOST:PORT", "address of the page and of the gateway; port 0 picks one (default 127.0.0.1:8080)"),
      flag("value", "token", "TOKEN", "secret that callers must send as rpcdeck-token; needed beyond this machine, at least 16 characters"),
      flag("list", "allow-host", "HOST", "further host name by which the gateway may be reached"),
      flag("list", "allow-origin", "ORIGIN", "web page that may call the gateway, such as https://app.example"),
      flag("value", "tls-cert", "FILE", "PEM certificate: serve TLS too"),
      flag("value", "tls-key", "FILE", "PEM key of --tls-cert"),
      flag("switch", "tls-self-signed", "", "serve TLS too, with a certificate for localhost that is made at the start"),
      flag("value", "tls-client-ca", "FILE", "PEM of the authority whose certificates callers must show; no plaintext then, and no demo"),
      flag("value", "workers", "COUNT", "processes that relay calls, up to 64, or auto for one for each core (default 1)"),
      { ...flag("switch", "open", "", "open the page in the browser"), isCommand: true },
    ],
  },
  {
    title: "What it calls",
    flags: [
      flag(
        "list",
        "target",
        "[PATTERN=]URL",
        "server to call: grpc://, grpcs://, connect+http(s)://, grpc-web+http(s)://, host:port, unix:/path; PATTERN is a service, prefix.* or *",
      ),
      flag("list", "registry", "URL", "registry to read: etcd://host:port,host:port/prefix, etcds:// for TLS, or file:PATH of a JSON list"),
      flag("value", "registry-credentials", "FILE", "file with user:password for the registries (or RPCDECK_REGISTRY_USER and _PASSWORD)"),
      flag("value", "tls-ca", "FILE", "PEM of the authority to trust for TLS targets and registries, instead of the system's"),
      flag("list", "skip-verify", "HOST[:PORT]", "do not check the certificate of these targets; shown on every call"),
      flag("switch", "no-demo", "", "do not start the demo servers"),
      flag("switch", "no-embedded-registry", "", "do not serve the embedded etcd"),
    ],
  },
  {
    title: "Schemas and limits",
    flags: [
      flag("list", "proto", "PATH", ".proto file or folder, for servers without reflection"),
      flag("list", "descriptor-set", "FILE", "FileDescriptorSet or buf image"),
      flag("value", "max-message", "SIZE", "largest message, such as 64MiB (default 16MiB, at most 256MiB)"),
      flag("value", "max-headers", "SIZE", "largest request headers, 256 fields for each 64KiB (default 64KiB, at most 256KiB)"),
      flag("value", "max-connections", "COUNT", "callers' connections at once (default 512)"),
      flag("value", "max-per-address", "COUNT", "of them from one address, this machine's own not counted (default 64)"),
      flag("value", "max-streams", "COUNT", "calls at once on one HTTP/2 connection of a caller (default 100)"),
      flag("value", "header-timeout", "TIME", "time in which a caller must have sent its headers (default 10s)"),
      flag("value", "body-timeout", "TIME", "a request of one message whose body makes no progress ends after this (default 30s)"),
      flag("value", "client-idle", "TIME", "callers' HTTP/2 connections without calls are closed after this (default 1m)"),
      flag("value", "connect-timeout", "TIME", "time to reach a server, such as 5s or 500ms (default 5s)"),
      flag("value", "idle-close", "TIME", "idle connections to servers are closed after this (default 5m)"),
      flag("value", "keepalive-silence", "TIME", "silence with open streams before a server is pinged (default 20s)"),
      flag("value", "keepalive-timeout", "TIME", "a server that does not answer a ping for so long is dead (default 20s)"),
      flag("value", "keepalive-repeat", "TIME", "a silent server is pinged again after this; oftener makes grpc-go hang up (default 5m)"),
      flag("value", "health-interval", "TIME", "time between two health checks of a server; 0 checks none (default 10s)"),
      flag("value", "eject-after", "COUNT", "failed calls in a row after which a server is left out; 0 for never (default 5)"),
      flag("value", "eject-time", "TIME", "how long it is left out, longer each time up to 5m (default 30s)"),
      flag("value", "retry-budget", "PERCENT", "retries for 100 calls of a service, beside 10 a second (default 20)"),
      flag(
        "value",
        "drain-wait",
        "TIME",
        "after SIGTERM, calls are still taken for so long while /-/readyz says 503 (default 5s where somebody asked it within the last minute, else 0)",
      ),
      flag("value", "drain-time", "TIME", "then calls under way get so long to finish; at most 3s after Ctrl-C (default 20s)"),
      flag("switch", "allow-link-local", "", "registered and configured targets may be link-local addresses"),
      flag("switch", "allow-unix-targets", "", "callers may name unix: targets"),
    ],
  },
  {
    title: "Other",
    flags: [
      flag("value", "config", "FILE", "the same settings as JSON; environment RPCDECK_* and flags win over it"),
      flag("value", "access-log", "FILE", "write a line of JSON for each call to this file, or to - for standard output"),
      flag("value", "otlp", "URL", "send a span for each call to this OpenTelemetry collector, such as http://127.0.0.1:4318"),
      flag("value", "log-level", "LEVEL", "debug, info, warn, error or silent (default warn)"),
      { ...flag("switch", "version", "", "print the version"), isCommand: true },
      { ...flag("switch", "help", "", "print this help"), isCommand: true },
    ],
  },
];

/** All settings in one list. */
export const allFlags: readonly FlagSpec[] = flagGroups.flatMap((group) => group.flags);

/** The environment variable of a setting. */
export function environmentName(name: string): string {
  return `RPCDECK_${name.toUpperCase().replaceAll("-", "_")}`;
}

/** The text of --help. */
export function helpText(): string {
  const width = Math.max(...allFlags.map((each) => left(each).length)) + 2;
  const lines = [
    "rpcdeck: a browser playground for gRPC, Connect and gRPC-Web. Nothing leaves this machine but the calls you make.",
    "",
    "Usage: rpcdeck [FLAGS]     (in a clone: npm start -- [FLAGS])",
  ];
  for (const group of flagGroups) {
    lines.push("", `${group.title}:`);
    for (const each of group.flags) {
      const repeat = each.kind === "list" ? "; may be repeated" : "";
      lines.push(
        ...wrap(`${each.help}${repeat}`, 100 - width).map((line, at) => (at === 0 ? left(each).padEnd(width) : " ".repeat(width)) + line),
      );
    }
  }
  lines.push(
    "",
    "Examples:",
    "  rpcdeck                                        the page with a few demo servers",
    "  rpcdeck --no-demo --target localhost:50051     your own server, by reflection",
    "  rpcdeck --registry etcd://127.0.0.1:2379       what is registered in etcd",
    "",
  );
  return lines.join("\n");
}

function left(spec: FlagSpec): string {
  return `  --${spec.name}${spec.value === "" ? "" : ` ${spec.value}`}`;
}

function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1) ?? "";
    if (last !== "" && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines;
}
