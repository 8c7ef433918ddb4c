import type { Draft } from "./draft.ts";
import { policyHeaders } from "./policy-headers.ts";
import { metadataHeaders } from "./request-headers.ts";

/** A program that makes the same call from a shell. */
export type CallProgram = "grpcurl" | "buf curl";

/**
 * A shell command that makes the draft's call through this gateway: its JSON, metadata, target and policy. The programs ask the gateway for the
 * schema by reflection. `origin` is that of the page.
 */
export function callCommand(program: CallProgram, draft: Draft, options: { readonly json: string; readonly origin: string }): string {
  const { host, protocol } = new URL(options.origin);
  const isPlain = protocol === "http:";
  const headers = [...metadataHeaders(draft.metadata), ...policyHeaders(draft)];
  const flags = headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  const data = `-d ${quoted(options.json)}`;
  const method = `${draft.service}/${draft.method}`;
  if (program === "grpcurl") return ["grpcurl", ...(isPlain ? ["-plaintext"] : []), ...flags, data, host, method].join(" ");
  const spoken = { connect: "connect", "grpc-web": "grpcweb", grpc: "grpc" }[draft.protocol];
  const http = isPlain ? ["--http2-prior-knowledge"] : [];
  return ["buf curl", `--protocol ${spoken}`, ...http, ...flags, data, `${options.origin}/${method}`].join(" ");
}

/** A word of a POSIX shell, whatever it contains. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
