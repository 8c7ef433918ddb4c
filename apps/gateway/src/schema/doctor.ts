import type { Header } from "@rpcdeck/frames";
import type { Instance } from "../catalog/instance.ts";
import { GatewayError } from "../errors/gateway-error.ts";
import type { ProbeReport } from "../net/probe.ts";
import { parseTarget, targetUrl, type Target, type TargetProtocol } from "../net/target.ts";
import { Provenance } from "@rpcdeck/protocol/rpcdeck/v1/schema_pb.ts";
import type { InstanceSchema } from "./schema-store.ts";

/** One thing that was tried, in words. */
export interface DoctorStep {
  readonly title: string;
  readonly result: "ok" | "skipped" | "failed";
  readonly detail: string;
  readonly elapsedMs: number;
}

/** What was found out about a target. */
export interface DoctorReport {
  readonly steps: readonly DoctorStep[];
  /** The target as a URL for rpcdeck-target; undefined when it cannot be called. */
  readonly url: string | undefined;
  readonly protocol: TargetProtocol | undefined;
  /** In the server's order. */
  readonly services: readonly string[];
  readonly schemaId: string | undefined;
}

/** What the doctor works with. */
export interface DoctorTools {
  readonly probe: (address: string) => Promise<ProbeReport>;
  readonly instanceFor: (url: string) => Instance | Promise<Instance>;
  readonly learn: (instance: Instance, metadata: readonly Header[]) => Promise<InstanceSchema>;
}

const certificateAdvice = "To call it all the same add ?verify=none to its grpcs:// or https address; every call then says so.";

/** Problems of reflection that are reported one by one. */
const maxProblems = 50;

/** Finds out how a target speaks, which services it has and what they look like, and says step by step what was tried. Never rejects. */
export async function inspectTarget(text: string, metadata: readonly Header[], tools: DoctorTools): Promise<DoctorReport> {
  const steps: DoctorStep[] = [];
  const report = (more: Partial<DoctorReport> = {}): DoctorReport => ({
    steps,
    url: undefined,
    protocol: undefined,
    services: [],
    schemaId: undefined,
    ...more,
  });
  const parsed = parseTarget(text.trim());
  if (parsed.kind === "problem") {
    steps.push({ title: "Read the target", result: "failed", detail: parsed.problem, elapsedMs: 0 });
    return report();
  }
  const found = await settleProtocol(parsed.target, steps, tools);
  if (found === undefined) return report();
  const { url, protocol } = found;

  const startedMs = performance.now();
  let of: InstanceSchema;
  try {
    of = await tools.learn(await tools.instanceFor(url), metadata);
  } catch (error) {
    const detail = error instanceof GatewayError ? error.message : "the target could not be prepared";
    steps.push({ title: "Ask for services", result: "failed", detail, elapsedMs: performance.now() - startedMs });
    return report({ protocol });
  }
  const elapsedMs = performance.now() - startedMs;
  if (of.kind === "unknown") {
    const isCertificate = of.reason === "unreachable" && of.problem.includes("certificate");
    const advice = of.reason === "unreachable" ? (isCertificate ? certificateAdvice : "") : adviceFor(of.reason);
    const detail = advice === "" ? of.problem : `${of.problem}. ${advice}`;
    steps.push({ title: "Ask for services by server reflection", result: "failed", detail, elapsedMs });
    return of.reason === "unreachable" ? report({ protocol }) : report({ url, protocol });
  }
  const { schema, services } = of;
  const version = schema.provenances.includes(Provenance.REFLECTION_V1ALPHA) ? "v1alpha" : "v1";
  const detail = `${version}: ${count(services.length, "service")} in ${count(schema.files.length, "file")}`;
  steps.push({ title: "Ask for services by server reflection", result: "ok", detail, elapsedMs });
  for (const problem of schema.problems.slice(0, maxProblems)) {
    steps.push({
      title: "Read the files",
      result: "failed",
      detail: `${problem}. Drop the missing .proto file to complete it.`,
      elapsedMs: 0,
    });
  }
  return report({ url, protocol, services, schemaId: schema.id });
}

/** The protocol that was written, or what a probe finds; undefined when it cannot be called. */
async function settleProtocol(
  target: Target,
  steps: DoctorStep[],
  tools: DoctorTools,
): Promise<{ readonly url: string; readonly protocol: TargetProtocol } | undefined> {
  if (target.protocol !== undefined && target.tls !== undefined) {
    const url = targetUrl(target, target.protocol, target.tls);
    steps.push({ title: "Read the target", result: "ok", detail: `${target.protocol} at ${target.address}, as written`, elapsedMs: 0 });
    return { url, protocol: target.protocol };
  }
  const { result, steps: probed } = await tools.probe(target.address);
  // Attempts that failed are fine as long as a later one worked: a server speaks either TLS or plaintext.
  const failure = result.kind === "found" ? "skipped" : "failed";
  const certificateProblem = result.kind === "found" ? result.certificateProblem : undefined;
  for (const { title, ok, detail, elapsedMs } of probed) {
    // A certificate that is not trusted gets a step of its own below.
    if (ok || detail !== certificateProblem) steps.push({ title, result: ok ? "ok" : failure, detail, elapsedMs });
  }
  if (result.kind === "failed") return undefined;
  const url = targetUrl(target, result.protocol, result.tls);
  if (certificateProblem !== undefined) {
    const detail = `${certificateProblem}. ${certificateAdvice}`;
    steps.push({ title: "Check the certificate", result: "failed", detail, elapsedMs: 0 });
    return undefined;
  }
  return { url, protocol: result.protocol };
}

function adviceFor(reason: "unsupported" | "refused" | "broken"): string {
  switch (reason) {
    case "unsupported":
      return "Turn server reflection on, or drop .proto files or a descriptor set.";
    case "refused":
      return "Add the metadata that it wants, such as authorization, or drop .proto files or a descriptor set.";
    case "broken":
      return "Drop .proto files or a descriptor set instead.";
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
