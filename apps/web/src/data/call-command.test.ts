import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { callCommand } from "./call-command.ts";
import type { Draft } from "./draft.ts";

const draft: Draft = {
  id: "1",
  service: "pb.Greeter",
  method: "SayHello",
  target: undefined,
  schemaId: undefined,
  protocol: "grpc-web",
  codec: "proto",
  message: new Uint8Array(),
  jsonText: undefined,
  lastGood: undefined,
  metadata: [
    { name: "X-Note", value: "it's", enabled: true },
    { name: "off", value: "1", enabled: false },
  ],
  deadlineMs: undefined,
  deadlineChosen: false,
  encoding: "",
  select: "random",
  fail: undefined,
  hedgeMs: undefined,
  useGet: false,
};

/** The words that a shell makes of a command, without running it. */
const words = (command: string) =>
  execFileSync("sh", ["-c", `for word in ${command}; do printf '%s\\0' "$word"; done`], { encoding: "utf8" })
    .split("\0")
    .slice(0, -1);

test("gives grpcurl the call as it stands, quoted for a shell", () => {
  const json = '{"name": "O\'Neill $HOME `x`\\n"}';
  expect(words(callCommand("grpcurl", draft, { json, origin: "http://127.0.0.1:8080" }))).toEqual([
    "grpcurl",
    "-plaintext",
    "-H",
    "x-note: it's",
    "-H",
    "rpcdeck-select: random",
    "-d",
    json,
    "127.0.0.1:8080",
    "pb.Greeter/SayHello",
  ]);
});

test("gives buf curl the protocol of the call", () => {
  const made = words(callCommand("buf curl", { ...draft, target: "grpc://h:1" }, { json: "{}", origin: "https://rpc.example" }));
  expect(made).toEqual(
    expect.arrayContaining(["--protocol", "grpcweb", "rpcdeck-target: grpc://h:1", "https://rpc.example/pb.Greeter/SayHello"]),
  );
  expect(made).not.toContain("--http2-prior-knowledge");
});
