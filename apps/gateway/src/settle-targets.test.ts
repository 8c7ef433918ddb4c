import { expect, test } from "vitest";
import type { Clock } from "./catalog/clock.ts";
import type { Instance } from "./catalog/instance.ts";
import { parseConfig } from "./config.ts";
import type { ConfiguredTarget } from "./config/targets.ts";
import { GatewayError } from "./errors/gateway-error.ts";
import type { ProbeReport, ProbeResult } from "./net/probe.ts";
import { settleTargets } from "./settle-targets.ts";

function targets(...argv: string[]): readonly ConfiguredTarget[] {
  const parsed = parseConfig(
    argv.flatMap((each) => ["--target", each]),
    {},
    () => "",
  );
  if (parsed.kind !== "run") throw new Error(JSON.stringify(parsed));
  return parsed.config.targets;
}

const found = (tls: boolean, protocol: "grpc" | "connect"): ProbeResult => ({
  kind: "found",
  tls,
  http: "h2",
  protocol,
  certificateProblem: undefined,
});
const away: ProbeResult = { kind: "failed", error: new GatewayError("target_unreachable", "away") };

/** Settles with these answers one after the other; the clock runs when told. */
function harness(given: readonly ConfiguredTarget[], ...answers: ProbeResult[]) {
  const settled: Instance[] = [];
  const asked: string[] = [];
  const due: (() => void)[] = [];
  const ending = new AbortController();
  const clock: Clock = {
    nowMs: () => 0,
    wallMs: () => 0,
    after(_delay, action) {
      due.push(action);
      return () => due.splice(due.indexOf(action), 1);
    },
  };
  settleTargets(given, {
    probe(address): Promise<ProbeReport> {
      asked.push(address);
      return Promise.resolve({ result: answers.shift() ?? away, steps: [] });
    },
    onSettled: (instance) => settled.push(instance),
    clock,
    signal: ending.signal,
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { settled, asked, due, ending, turn };
}

test("a bare target that speaks TLS becomes one, under the same id", async () => {
  const given = targets("h:443");
  const { settled, turn } = harness(given, found(true, "grpc"));
  await turn();
  expect(settled).toMatchObject([{ id: given[0]!.instance.id, protocol: "grpc", tls: { kind: "tls", verify: true } }]);
});

test("what was assumed and proves true changes nothing, and targets with a scheme are not probed", async () => {
  const { settled, asked, turn } = harness(targets("h:1", "grpcs://i:2", "unix:/tmp/x"), found(false, "grpc"));
  await turn();
  expect(asked).toEqual(["h:1"]);
  expect(settled).toEqual([]);
});

test("a target that is away is probed again until it answers, or the gateway ends", async () => {
  const { settled, asked, due, ending, turn } = harness(targets("h:1", "i:2"), away, away, found(false, "connect"));
  await turn();
  expect(due).toHaveLength(2);
  due.shift()?.();
  await turn();
  expect(asked).toEqual(["h:1", "i:2", "h:1"]);
  expect(settled).toMatchObject([{ address: "h:1", protocol: "connect", protocolName: "Connect" }]);
  ending.abort();
  expect(due).toEqual([]);
});
