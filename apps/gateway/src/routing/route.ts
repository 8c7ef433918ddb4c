import { MethodOptions_IdempotencyLevel as Idempotency } from "@bufbuild/protobuf/wkt";
import type { Header, MethodKind, Outcome } from "@rpcdeck/frames";
import type { Call, CallHead, OutboundCodec } from "../call/call.ts";
import { relay, type Attempt, type Attempts, type FailedAttempt, type RelayLimits, type RelayResult } from "../call/relay.ts";
import type { Transcoder } from "../call/transcoder.ts";
import type { CatalogView } from "../catalog/catalog-view.ts";
import { systemClock } from "../catalog/clock.ts";
import type { Instance, InstanceProtocol } from "../catalog/instance.ts";
import { GatewayError } from "../errors/gateway-error.ts";
import { outcomeFromFault } from "../errors/to-outcome.ts";
import { typedSource } from "../net/endpoint.ts";
import type { SchemaView } from "../schema/schema-view.ts";
import { nextCandidate } from "./candidates.ts";
import { observationOf } from "./observation-of.ts";
import { relayHedged, type HedgeResult } from "./hedge.ts";
import { hedgeProblem, hedgeTimeOf } from "./hedge-problem.ts";
import { nearMatches } from "./near-matches.ts";
import { isOwnService } from "./own-service.ts";
import { createRetryBudget, type RetryBudget } from "./retry-budget.ts";
import { createRandomSelect } from "./select/random.ts";
import { createRoundRobinSelect } from "./select/round-robin.ts";
import type { Select } from "./select/select.ts";
import type { TypedTargets } from "./typed-targets.ts";

/** Sends calls to instances. */
export interface Router {
  /** Takes a call to its end. Never throws. */
  handle(call: Call): void;
}

/** What routing works with. */
export interface RouterOptions {
  readonly catalog: CatalogView;
  readonly schemas: SchemaView;
  /** How each protocol is called; instances of a protocol without codec answer `protocol_unsupported`. */
  readonly codecs: Partial<Readonly<Record<InstanceProtocol, OutboundCodec>>>;
  /** Makes the transcoder of a call whose codec the instance does not read (tier 2). Rejects or throws with a `GatewayError`. */
  readonly transcode: (call: CallHead, instance: Instance) => Transcoder | Promise<Transcoder>;
  /** The gateway as an instance; it answers its own services (decision 15). */
  readonly ownInstance: Instance;
  /** True for an address of our own listener: such a call stays in this process. */
  readonly isOwnAddress: (address: string) => boolean;
  readonly typedTargets: TypedTargets;
  readonly limits: RelayLimits;
  /** Told of every call that ended. */
  readonly observe: (call: Call, result: RelayResult) => void;
  /** The metadata that a backend gets of a call. Default: the call's own. */
  readonly forwarded?: ((call: Call) => readonly Header[]) | undefined;
  /** How many calls may be tried again. Default the shipped one. */
  readonly retryBudget?: RetryBudget;
  /** Told of every retry, and of every one that the budget did not allow. */
  readonly onRetry?: (service: string, result: RetryResult) => void;
  /** Told of every call with rpcdeck-hedge that was not answered in time. */
  readonly onHedge?: (service: string, result: HedgeResult) => void;
  /** Used where a call does not choose. Default "round-robin". */
  readonly defaultSelect?: string;
}

/** A retry was done, or the budget did not allow it. */
export type RetryResult = "done" | "refused";

/**
 * Attempts that tell what became of the last one. Not with a getter: V8 makes a hidden class for every object literal that has one, and keeps
 * it, and with it the whole call, until the next major garbage collection.
 */
interface ObservedAttempts extends Attempts {
  contact(): "none" | "reached" | "unreachable";
}

/** Instances tried at most for one call. */
export const maxAttempts = 5;

/** Gateways a call may go through. */
export const maxHops = 1;

/** A router over a catalog. */
export function createRouter(options: RouterOptions): Router {
  const { catalog, schemas, codecs, ownInstance } = options;
  const selects = new Map<string, Select>([createRoundRobinSelect(), createRandomSelect()].map((select) => [select.name, select]));
  const failModes: readonly string[] = ["failover", "failfast"];
  const retryBudget = options.retryBudget ?? createRetryBudget(systemClock);

  /** Where a call may go; an outcome when nowhere. */
  function candidatesFor(
    call: Call,
  ): { readonly instances: readonly Instance[]; readonly isPinned: boolean } | Outcome | Promise<Instance> {
    const { target, schema } = call.choices;
    if (schema !== undefined && !schemas.isKept(schema)) return outcomeFromFault("schema_unknown", `schema ${schema} is not kept here`);
    if (target !== undefined) return targeted(target);
    if (isOwnService(call.service)) return { instances: [ownInstance], isPinned: true };
    const instances = catalog.instancesFor(call.service);
    return instances.length === 0 ? unknownService(call.service) : { instances, isPinned: false };
  }

  function targeted(target: string): { readonly instances: readonly Instance[]; readonly isPinned: boolean } | Outcome | Promise<Instance> {
    const known = catalog.byId(target);
    if (known?.evicted === true) return outcomeFromFault("instance_unknown", `instance ${target} is gone from its registry`);
    if (known !== undefined) return { instances: [known.instance], isPinned: true };
    if (!/^(?:[a-z][a-z0-9+.-]*:|\[)|:\d+$/iu.test(target)) {
      const near = nearMatches(
        target,
        catalog.all().map(({ id }) => id),
      ).join(", ");
      return outcomeFromFault("instance_unknown", `there is no instance ${target}`, near === "" ? {} : { near });
    }
    const instance = options.typedTargets.instanceFor(target);
    return instance instanceof Promise ? instance : { instances: [instance], isPinned: true };
  }

  function unknownService(service: string): Outcome {
    const near = nearMatches(service, catalog.services());
    const hint = near[0] === undefined ? "" : `; did you mean ${near[0]}?`;
    return outcomeFromFault(
      "unknown_service",
      `no instance has service ${service}${hint}`,
      near.length === 0 ? {} : { near: near.join(", ") },
    );
  }

  const isOwn = (instance: Instance): boolean => instance.protocol === "local" || options.isOwnAddress(instance.address);

  function needsTranscoding(call: CallHead, instance: Instance): boolean {
    // Our own services too: JSON is then read in one way wherever a call goes, exact and with places.
    return call.codec === "json" && instance.protocol !== "connect" && instance.protocol !== "other";
  }

  function attemptAt(call: Call, instance: Instance, number: number): Attempt | Outcome | Promise<Attempt | Outcome> {
    const own = isOwn(instance);
    const codec = own ? codecs.local : codecs[instance.protocol];
    if (codec === undefined) {
      return outcomeFromFault("protocol_unsupported", `${instance.id} speaks ${instance.protocolName}, which cannot be called yet`);
    }
    if (!own && call.choices.hop >= maxHops) {
      return outcomeFromFault("loop_detected", `the call went through ${call.choices.hop} gateway already, the limit is ${maxHops}`);
    }
    const method = schemas.methodNow(call.path, instance, call.choices.schema);
    if (call.isGet === true && method !== undefined && method.method.idempotency !== Idempotency.NO_SIDE_EFFECTS) {
      const message = `${call.path} may have side effects, so that GET cannot call it; use POST`;
      return { ...outcomeFromFault("request_malformed", message), code: 12, httpStatus: 405 };
    }
    const isHedged = call.choices.hedge !== undefined;
    const hedgeRefusal = isHedged && method !== undefined ? hedgeProblem(call.path, method) : undefined;
    if (hedgeRefusal !== undefined) return hedgeRefusal;
    const known = method?.kind;
    const transcodes = needsTranscoding(call, instance);
    const isKnownEnough = method !== undefined || !isHedged;
    if (!transcodes && isKnownEnough && (instance.protocol !== "connect" || own || known !== undefined || call.kind !== undefined)) {
      return build(known, undefined);
    }
    return slowly();

    async function slowly(): Promise<Attempt | Outcome> {
      const transcoder = transcodes ? await options.transcode(call, instance) : undefined;
      let kind = known ?? schemas.methodNow(call.path, instance, call.choices.schema)?.kind;
      if (!isKnownEnough) {
        const found = await schemas.method(call.path, instance, call.choices.schema, call.metadata);
        if ("problem" in found && found.fault !== undefined) throw new GatewayError(found.fault, found.problem);
        const refusal = hedgeProblem(call.path, found);
        if (refusal !== undefined) return refusal;
      } else if (kind === undefined && instance.protocol === "connect" && call.kind === undefined) {
        const { schema } = call.choices;
        if (schema !== undefined && !schemas.isKept(schema)) throw new GatewayError("schema_unknown", `schema ${schema} is not kept here`);
        const found = await schemas.method(call.path, instance, schema, call.metadata);
        if ("problem" in found && found.fault !== undefined) throw new GatewayError(found.fault, found.problem);
        if ("problem" in found) throw new GatewayError("kind_unknown", `the kind of ${call.path} is not known: ${found.problem}`);
        ({ kind } = found);
      }
      return build(kind, transcoder);
    }

    function build(schemaKind: MethodKind | undefined, transcoder: Transcoder | undefined): Attempt | Outcome {
      if (schemaKind !== undefined && call.kind !== undefined && call.kind !== schemaKind) {
        const message = `${call.path} is a ${schemaKind} method and cannot be called by a ${call.kind} request`;
        return { ...outcomeFromFault("request_malformed", message), code: 12 };
      }
      const given = options.forwarded === undefined ? call.metadata : options.forwarded(call);
      const metadata: readonly Header[] = own ? given : [...given, ["rpcdeck-hop", String(call.choices.hop + 1)]];
      return {
        instance,
        codec: codec as OutboundCodec,
        transcoder,
        call: {
          path: call.path,
          metadata,
          deadlineMs: call.deadlineMs,
          codec: transcoder?.codec ?? call.codec,
          encoding: transcoder?.encoding ?? call.encoding,
          acceptEncodings: transcoder === undefined ? call.acceptEncodings : [],
          kind: schemaKind ?? call.kind,
          trace: call.trace,
          attempt: number,
        },
      };
    }
  }

  /** Whose retry budget a call takes from: a pinned instance is a backend of its own, whatever is called there. */
  function budgetOf(call: Call, instances: readonly Instance[], isPinned: boolean): string {
    return isPinned ? (instances[0]?.id ?? call.service) : call.service;
  }

  /** `tried` is what this call has tried already, and is added to. */
  function attemptsFor(
    call: Call,
    { instances, isPinned }: { readonly instances: readonly Instance[]; readonly isPinned: boolean },
    select: Select,
    tried: Instance[] = [],
  ): ObservedAttempts {
    let contact: ReturnType<ObservedAttempts["contact"]> = "none";
    const failures: string[] = [];
    const retried: Instance[] = [];
    let firstFailure: Outcome | undefined;
    const budgeted = budgetOf(call, instances, isPinned);
    const isSingle = isPinned || call.choices.fail === "failfast";

    /** Instances whose schema is missing and the like are passed over while others are left. */
    function pick(number: number): Attempt | Outcome | Promise<Attempt | Outcome> | undefined {
      const instance = nextCandidate(instances, tried, call.service, select, catalog);
      if (instance === undefined) return undefined;
      tried.push(instance);
      const attempt = attemptAt(call, instance, number);
      if (!(attempt instanceof Promise) || tried.length === instances.length || isSingle) return attempt;
      return attempt.catch((error: unknown) => {
        const other = pick(number);
        if (other === undefined) throw error;
        return other;
      });
    }

    return {
      isRaw:
        call.raw !== undefined && instances.every((instance) => instance.protocol === "grpc" && !isOwn(instance)) && call.codec !== "json",
      next(number, failed) {
        if (failed === undefined) return pick(number) ?? unknownService(call.service);
        const { instance } = failed.attempt;
        firstFailure ??= failed.outcome;
        // A server that goes away refuses what is under way, time and again where it hurries: with nobody else to ask, up to the limit.
        const isLast = isSingle || tried.length === instances.length;
        const again = failed.facts.refused !== undefined && number <= maxAttempts && (isLast || !retried.includes(instance));
        const hasNext = again || (!isLast && number <= maxAttempts);
        // A connection that goes away is no sign of load, and every retry after it opens another one.
        const isFree = again && failed.facts.refused === "connection";
        if (hasNext && !isFree && !retryBudget.take(budgeted)) {
          options.onRetry?.(call.service, "refused");
          return { ...firstFailure, message: `${firstFailure.message}; the retry budget of ${budgeted} is spent: ${retryBudget.words}` };
        }
        if (hasNext) options.onRetry?.(call.service, "done");
        if (again) {
          retried.push(instance);
          return attemptAt(call, instance, number);
        }
        failures.push(failed.outcome.message);
        const next = hasNext ? pick(number) : undefined;
        return next ?? combined(failed, failures);
      },
      contact: () => contact,
      onAttemptEnd(attempt, reached, outcome, facts) {
        const { id, source } = attempt.instance;
        contact = reached ? "reached" : "unreachable";
        if (reached) {
          if (source !== typedSource) catalog.report(id, { kind: "reached" });
        } else if (outcome?.code === 14 && facts?.refused === undefined) {
          if (source === typedSource) options.typedTargets.forget(id);
          else catalog.report(id, { kind: "unreachable", reason: outcome.message });
        }
      },
    };
  }

  /** `hedgeMs` is the time after which a second instance is asked too; undefined for never. */
  function start(
    call: Call,
    { instances, isPinned }: { readonly instances: readonly Instance[]; readonly isPinned: boolean },
    hedgeMs: number | undefined,
  ): void {
    const name = call.choices.select ?? options.defaultSelect ?? "round-robin";
    const select = selects.get(name);
    if (select === undefined) {
      return end(call, outcomeFromFault("policy_unknown", `rpcdeck-select: ${name} is none of ${[...selects.keys()].join(", ")}`));
    }
    if (call.choices.fail !== undefined && !failModes.includes(call.choices.fail)) {
      return end(call, outcomeFromFault("policy_unknown", `rpcdeck-fail: ${call.choices.fail} is none of ${failModes.join(", ")}`));
    }
    retryBudget.called(budgetOf(call, instances, isPinned));
    const tried: Instance[] = [];
    const attempts = attemptsFor(call, { instances, isPinned }, select, tried);
    const report = (of: ObservedAttempts, result: RelayResult): void => {
      const observation = result.instance === undefined ? undefined : observationOf(call.service, result, of.contact());
      if (observation !== undefined) catalog.report(result.instance?.id ?? "", observation);
    };
    if (hedgeMs === undefined) {
      return relay(call, attempts, options.limits, (result) => {
        report(attempts, result);
        options.observe(call, result);
      });
    }
    relayHedged(call, {
      waitMs: hedgeMs,
      limits: options.limits,
      first: attempts,
      second: () =>
        tried.length < instances.length && retryBudget.take(call.service)
          ? attemptsFor(call, { instances, isPinned }, select, tried)
          : undefined,
      onWayEnd: report,
      onHedge: (result) => options.onHedge?.(call.service, result),
      onResult: (result) => options.observe(call, result),
    });
  }

  /** Ends a call that no instance was found for, through the relay, which watches the caller meanwhile. */
  function end(call: Call, outcome: Outcome | Promise<never>): void {
    relay(call, { isRaw: false, next: () => outcome }, options.limits, (result) => {
      options.observe(call, result);
    });
  }

  return {
    handle(call) {
      const hedgeMs = call.choices.hedge === undefined ? undefined : hedgeTimeOf(call, call.choices.hedge);
      if (typeof hedgeMs === "object") return end(call, hedgeMs);
      let found: ReturnType<typeof candidatesFor>;
      try {
        found = candidatesFor(call);
      } catch (error) {
        return end(call, Promise.reject(error as Error));
      }
      if (found instanceof Promise) {
        // A bare target is being probed: the first attempt waits for it.
        const probed = found;
        const inner: { attempts: Attempts | undefined } = { attempts: undefined };
        const select = selects.get("round-robin") as Select;
        return relay(
          call,
          {
            isRaw: false,
            async next(number, failed) {
              if (inner.attempts === undefined) {
                const instances = [await probed];
                retryBudget.called(budgetOf(call, instances, true));
                inner.attempts = attemptsFor(call, { instances, isPinned: true }, select);
              }
              return inner.attempts.next(number, failed);
            },
            onAttemptEnd(...args) {
              inner.attempts?.onAttemptEnd?.(...args);
            },
          },
          options.limits,
          (result) => {
            options.observe(call, result);
          },
        );
      }
      if ("instances" in found) return start(call, found, hedgeMs);
      end(call, found);
    },
  };
}

function combined(failed: FailedAttempt, failures: readonly string[]): Outcome {
  if (failures.length <= 1) return failed.outcome;
  return { ...failed.outcome, message: `${failures.length} instances were tried: ${[...new Set(failures)].join("; ")}` };
}
