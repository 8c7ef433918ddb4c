import { availableParallelism } from "node:os";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { clientCertificate, serverCertificate, testAuthority } from "@rpcdeck/testkit";
import { expect, test } from "vitest";
import { type Config, parseConfig } from "./config.ts";
import { helpText } from "./config/flags.ts";

const encryptedKey = generateKeyPairSync("ec", {
  namedCurve: "P-256",
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "secret" },
}).privateKey;

const files: Readonly<Record<string, string>> = {
  "c.json": JSON.stringify({
    listen: "127.0.0.1:1111",
    "no-demo": true,
    target: [
      { url: "grpcs://a.example:443", pattern: "a.v1.*", metadata: { Authorization: "Bearer x" }, "skip-verify": true, ca: "ca.pem" },
      "host:1",
    ],
  }),
  "ca.pem": testAuthority,
  "cert.pem": serverCertificate.cert,
  "key.pem": serverCertificate.key,
  "other.pem": clientCertificate.cert,
  "encrypted.pem": encryptedKey,
  "junk.pem": "JUNK",
  cred: "root:s3:cret\n",
};

function parse(line: string, env: Record<string, string> = {}) {
  return parseConfig(line === "" ? [] : line.split(" "), env, (path) => {
    const text = files[path];
    if (text === undefined) throw new Error("no such file");
    return text;
  });
}

function config(line: string, env: Record<string, string> = {}): Config {
  const parsed = parse(line, env);
  if (parsed.kind !== "run") throw new Error(JSON.stringify(parsed));
  return parsed.config;
}

test("without flags it listens on this machine only, with demo and registry", () => {
  expect(config("")).toMatchObject({
    listen: { host: "127.0.0.1", port: 8080 },
    demo: true,
    embeddedRegistry: true,
    maxMessageBytes: 16 * 1024 * 1024,
  });
});

for (const [line, expected] of [
  ["--listen 127.0.0.1:0", { listen: { host: "127.0.0.1", port: 0 } }],
  ["--listen=[::1]:81", { listen: { host: "::1", port: 81 } }],
  ["--listen :9000", { listen: { host: "127.0.0.1", port: 9000 } }],
  ["--no-demo", { demo: false, embeddedRegistry: true }],
  ["--no-embedded-registry", { demo: false, embeddedRegistry: false }],
  ["--max-message 64MiB", { maxMessageBytes: 64 * 1024 * 1024 }],
  ["--target grpc://h:1", { targets: [{ instance: { address: "h:1", protocol: "grpc", services: undefined }, tlsIfSpoken: undefined }] }],
  ["--target x.Y=connect+http://h:1", { targets: [{ instance: { protocol: "connect", services: ["x.Y"] } }] }],
  ["--target *=grpcs://h:1 --skip-verify h", { targets: [{ instance: { services: ["*"], tls: { kind: "tls", verify: false } } }] }],
  [
    "--registry etcd://a:1,b/p --registry etcds://c",
    { registries: [{ name: "etcd", endpoints: ["http://a:1", "http://b:2379"], prefix: "p" }, { name: "etcd-2" }] },
  ],
  [
    "--registry file:list.json --registry etcd://a --registry file:///b.json --tls-ca ca.pem",
    {
      registries: [
        { kind: "file", name: "file", path: "list.json", ca: testAuthority },
        { kind: "etcd", name: "etcd" },
        { kind: "file", name: "file-2", path: "/b.json" },
      ],
    },
  ],
  ["--registry etcd://a --registry-credentials cred", { registries: [{ access: { credentials: { name: "root", password: "s3:cret" } } }] }],
  ["--tls-cert cert.pem --tls-key key.pem", { tls: serverCertificate }],
  ["--tls-self-signed", { tls: { kind: "self-signed", clientCa: undefined } }],
  ["--tls-self-signed --tls-client-ca ca.pem --no-demo", { tls: { kind: "self-signed", clientCa: testAuthority } }],
  ["--drain-wait 0 --drain-time 8s", { drain: { waitMs: 0, finishMs: 8_000 } }],
  ["--otlp http://c:4318 --access-log -", { otlpUrl: "http://c:4318/v1/traces", accessLog: "-" }],
  ["--otlp https://c/own/path", { otlpUrl: "https://c/own/path", accessLog: undefined }],
  ["--retry-budget 0", { retryBudget: { percent: 0 } }],
  ["--no-demo", { drain: { waitMs: undefined, finishMs: 20_000 } }],
  [
    "--max-headers 128KiB --max-connections 9 --max-per-address 8 --max-streams 7",
    {
      inboundLimits: expect.objectContaining({
        maxHeaderBytes: 131_072,
        maxConnections: 9,
        maxConnectionsPerAddress: 8,
        maxStreamsPerConnection: 7,
      }),
    },
  ],
  [
    "--header-timeout 3s --body-timeout 4s --client-idle 5s",
    { inboundLimits: expect.objectContaining({ headersMs: 3_000, sniffMs: 3_000, bodyIdleMs: 4_000, idleSessionMs: 5_000 }) },
  ],
  ["--connect-timeout 500ms --idle-close 2m", { poolTimers: { connectMs: 500, idleCloseMs: 120_000 } }],
  ["--listen 0.0.0.0:80 --token 0123456789abcdef", { listen: { host: "0.0.0.0", port: 80 }, token: "0123456789abcdef" }],
  ["--proto a --proto b --descriptor-set c", { protoPaths: ["a", "b"], descriptorSets: ["c"] }],
] as const) {
  test(`understands ${line}`, () => {
    expect(config(line)).toMatchObject(expected);
  });
}

for (const [line, problem] of [
  ["--lisen 1", "--lisen: there is no such flag; did you mean listen?"],
  ["--listen", "--listen needs a value: HOST:PORT"],
  ["--listen 8080", "not HOST:PORT"],
  ["--listen 0.0.0.0:80", "needs --token"],
  ["--token short", "5 characters are fewer than the least of 16"],
  ["--max-message 1GB", "is not a size"],
  ["--max-message 300MiB", "more than the limit of 256MiB"],
  ["--target ftp://h:1", "ftp:// is not a scheme"],
  ["--target grpc://h:1 --target grpc://h:1", "given twice"],
  ["--registry consul://h", "write etcd://host:port, etcds://host:port or file:PATH"],
  ["--registry file:", "file: needs a path"],
  ["--registry etcd://u:p@h", "credentials do not belong in a URL"],
  ["--tls-cert cert.pem", "belong together"],
  ["--tls-self-signed --tls-cert cert.pem --tls-key key.pem", "--tls-self-signed makes a certificate of its own: leave it out"],
  ["--tls-self-signed --tls-key key.pem", "--tls-self-signed makes a certificate of its own"],
  ["--no-demo --tls-client-ca ca.pem", "--tls-client-ca needs --tls-cert and --tls-key"],
  ["--no-demo --tls-cert cert.pem --tls-key key.pem --tls-client-ca junk.pem", "--tls-client-ca: no certificate in PEM"],
  ["--tls-ca junk.pem", "--tls-ca: no certificate in PEM"],
  ["--tls-cert junk.pem --tls-key key.pem", "--tls-cert: no certificate in PEM"],
  ["--tls-cert cert.pem --tls-key junk.pem", "--tls-key: no private key in PEM"],
  ["--tls-cert other.pem --tls-key key.pem", "--tls-key: the key does not belong to the certificate of --tls-cert"],
  ["--tls-cert cert.pem --tls-key encrypted.pem", "--tls-key: the key is encrypted"],
  ["--tls-cert cert.pem --tls-key key.pem --tls-client-ca ca.pem", "add --no-demo"],
  ["--config nope.json", "no such file"],
  ["--allow-origin app.example", "is not an origin"],
  ["stray", "flags begin with --"],
  ["--no-demo=1", "takes no value"],
  ["--log-level loud", "none of debug"],
  ["--otlp c:4318", "is not an http or https URL"],
  ["--drain-time 5", "not a time"],
  ["--retry-budget 401", "is not a whole number from 0 to 400"],
  ["--connect-timeout 5", "not a time"],
] as const) {
  test(`refuses ${line}`, () => {
    const parsed = parse(line);
    expect(parsed.kind === "problems" && parsed.problems.join("\n")).toContain(problem);
  });
}

// What a resolver or a socket would take for "every interface", and what looks like it.
test.each([
  "0.0.0.0:0",
  "[::]:0",
  "0:0",
  "0.0:0",
  "00.00.00.00:0",
  "0x0:0",
  "0x00000000:0",
  "[::0]:0",
  "[0:0:0:0:0:0:0:0]:0",
  "[0000::]:0",
  "[::ffff:0.0.0.0]:0",
  "[::0.0.0.0]:0",
  "*:0",
  "０.０.０.０:0",
  "127.0.0.1.:0",
  "127.0.0.999:0",
])("refuses to listen on %s without a token", (listen) => {
  const parsed = parse(`--listen ${listen}`);
  expect(parsed.kind === "problems" && parsed.problems).toEqual([expect.stringMatching(/--listen.*(?:needs --token|is not HOST:PORT)/u)]);
});

test("all problems come at once", () => {
  const parsed = parse("--listen x --max-message y --nope");
  expect(parsed.kind === "problems" && parsed.problems.length).toBe(3);
});

test("flags win over the environment, that over the file", () => {
  expect(config("--config c.json").listen.port).toBe(1111);
  expect(config("--config c.json", { RPCDECK_LISTEN: "127.0.0.1:2222" }).listen.port).toBe(2222);
  expect(config("--listen 127.0.0.1:3333", { RPCDECK_LISTEN: "127.0.0.1:2222", RPCDECK_CONFIG: "c.json" })).toMatchObject({
    listen: { port: 3333 },
    demo: false,
  });
});

test("a target of the file carries metadata and TLS options", () => {
  expect(config("--config c.json").targets).toMatchObject([
    {
      instance: { services: ["a.v1.*"], metadata: [["authorization", "Bearer x"]], tls: { kind: "tls", verify: false, ca: testAuthority } },
    },
    { instance: { address: "host:1" }, tlsIfSpoken: { kind: "tls", verify: true } },
  ]);
});

for (const [target, problem] of [
  [{ ca: "nope.pem" }, "t.json: target.ca nope.pem: no such file"],
  [{ ca: "junk.pem" }, "t.json: target.ca junk.pem: no certificate in PEM"],
  [{ cert: "cert.pem" }, "t.json: target: cert and key belong together"],
  [{ cert: "cert.pem", key: "nope.pem" }, "t.json: target.key nope.pem: no such file"],
  [{ cert: "junk.pem", key: "key.pem" }, "t.json: target.cert junk.pem: no certificate in PEM"],
  [{ cert: "cert.pem", key: "junk.pem" }, "t.json: target.key junk.pem: no private key in PEM"],
  [{ cert: "cert.pem", key: "encrypted.pem" }, "t.json: target.key encrypted.pem: the key is encrypted; write it without a passphrase"],
  [
    { cert: "other.pem", key: "key.pem" },
    "t.json: target.key key.pem: the key does not belong to the certificate of t.json: target.cert other.pem",
  ],
  [{ url: "grpc://a:1", ca: "ca.pem" }, "t.json: target: grpc://a:1 is called without TLS; ca, cert and key need grpcs:// or https"],
  [{ "skip-verify": "yes" }, "t.json: target.skip-verify: write true or false"],
  [{ url: "a:1", authority: "b" }, "?authority=NAME need a scheme"],
  [{ authority: "a b" }, 'authority "a b" has " "; a host has letters'],
  [{ authority: "a\nb" }, 'authority "a\\nb" has "\\n"'],
  [{ "ca-file": "ca.pem" }, "t.json: target.ca-file: there is no such setting"],
] as const) {
  test(`a target of the file may not be ${JSON.stringify(target)}`, () => {
    const text = JSON.stringify({ target: [{ url: "grpcs://a.example", ...target }] });
    const parsed = parseConfig(["--config", "t.json"], {}, (path) => {
      const found = path === "t.json" ? text : files[path];
      if (found === undefined) throw new Error("no such file");
      return found;
    });
    expect(parsed.kind === "problems" && parsed.problems).toEqual([expect.stringContaining(problem)]);
  });
}

test("--workers is a number from 1 to 64 or auto, and 1 where nothing is said", () => {
  const workersOf = (...argv: string[]): unknown => {
    const parsed = parseConfig(argv, {}, () => "");
    return parsed.kind === "run" ? parsed.config.workers : parsed.kind === "problems" && parsed.problems;
  };
  expect(workersOf()).toBe(1);
  expect(workersOf("--workers", "64")).toBe(64);
  expect(workersOf("--workers", "auto")).toBe(Math.min(64, availableParallelism()));
  for (const wrong of ["0", "65", "x", "-1", "1.5"]) {
    expect(workersOf(`--workers=${wrong}`)).toEqual([`--workers: "${wrong}" is not a whole number from 1 to 64, nor auto`]);
  }
});

test("the help names every flag and fits 100 columns", () => {
  const help = helpText();
  for (const name of ["listen", "target", "registry", "proto", "token", "no-demo", "config", "version"])
    expect(help).toContain(`--${name}`);
  expect(Math.max(...help.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
});

test("docs/cli.md shows the help as it is", () => {
  const page = readFileSync(new URL("../../../docs/cli.md", import.meta.url), "utf8");
  expect(page).toContain(`\`\`\`\n${helpText().trimEnd()}\n\`\`\``);
});

test("docs/cli.md shows a configuration file that is understood", () => {
  const page = readFileSync(new URL("../../../docs/cli.md", import.meta.url), "utf8");
  const shown = /```json\n(.*?)```/su.exec(page)?.[1] ?? "";
  const pems: Readonly<Record<string, string>> = {
    "ca.pem": testAuthority,
    "client.pem": clientCertificate.cert,
    "client-key.pem": clientCertificate.key,
  };
  const parsed = parseConfig(["--config", "shown.json"], {}, (path) => (path === "shown.json" ? shown : (pems[path] ?? "")));
  if (parsed.kind !== "run") throw new Error(JSON.stringify(parsed));
  expect(parsed.config.targets).toMatchObject([
    {},
    {
      instance: {
        address: "10.0.0.7:443",
        authority: "greeter.internal",
        services: ["pb.*"],
        metadata: [
          ["authorization", "Bearer ..."],
          ["x-tenant", "a"],
          ["x-tenant", "b"],
        ],
        tls: {
          kind: "tls",
          verify: true,
          serverName: "greeter.internal",
          ca: testAuthority,
          clientCert: clientCertificate,
        },
      },
    },
  ]);
});

for (const name of ["config", "open", "help", "version"]) {
  test(`a configuration file cannot hold ${name}`, () => {
    const parsed = parseConfig(["--config", "c.json"], {}, () => JSON.stringify({ [name]: true }));
    expect(parsed).toMatchObject({ kind: "problems", problems: [expect.stringContaining("there is no such setting")] });
  });
}

test("a silent log is a level too", () => {
  expect(config("--log-level silent")).toMatchObject({ logLevel: "silent" });
});

test("help and version win over everything else", () => {
  expect(parse("--nope --help")).toEqual({ kind: "help" });
  expect(parse("--version")).toEqual({ kind: "version" });
});
