import type { Protocol } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { useSyncExternalStore } from "react";
import type { MetadataEntry } from "./draft.ts";
import { createStoredValue } from "./stored-value.ts";

/** An address the user typed (decision 13): it lives in this browser, and calls to it carry its URL as `rpcdeck-target`. */
export interface TypedTarget {
  /** As the gateway understands it; its identity. */
  readonly url: string;
  /** As it was typed. */
  readonly typed: string;
  readonly protocol: Protocol;
  readonly services: readonly string[];
  /** Its schema, found by reflection or uploaded; "" where there is none. */
  readonly schemaId: string;
  /** Sent with reflection and with every call. May hold secrets: never in a URL. */
  readonly metadata: readonly MetadataEntry[];
}

const store = createStoredValue<readonly TypedTarget[]>("rpcdeck.targets", [], parse);

/** The targets typed in this browser, in the order they were added. */
export function useTypedTargets(): readonly TypedTarget[] {
  return useSyncExternalStore(store.subscribe, store.snapshot);
}

/** The targets typed in this browser, in the order they were added. */
export function typedTargets(): readonly TypedTarget[] {
  return store.snapshot();
}

/** The typed target with this URL, if there is one. */
export function typedTarget(url: string): TypedTarget | undefined {
  return store.snapshot().find((target) => target.url === url);
}

/** Adds a target, or replaces the one with the same URL. */
export function saveTypedTarget(target: TypedTarget): void {
  store.update((targets) =>
    targets.some((known) => known.url === target.url)
      ? targets.map((known) => (known.url === target.url ? target : known))
      : [...targets, target],
  );
}

/** Forgets a target. Calls that are open keep its URL. */
export function removeTypedTarget(url: string): void {
  store.update((targets) => targets.filter((target) => target.url !== url));
}

/** True where the target's certificate is not checked: shown on every call to it. */
export function skipsVerification(url: string): boolean {
  return /[?&]verify=none(&|$)/.test(url);
}

function parse(stored: unknown): readonly TypedTarget[] | undefined {
  if (!Array.isArray(stored)) return undefined;
  return stored.filter((target: unknown): target is TypedTarget => {
    if (typeof target !== "object" || target === null) return false;
    const { url, typed, protocol, services, schemaId, metadata } = target as Partial<Record<keyof TypedTarget, unknown>>;
    return (
      typeof url === "string" &&
      typeof typed === "string" &&
      typeof protocol === "number" &&
      Array.isArray(services) &&
      typeof schemaId === "string" &&
      Array.isArray(metadata)
    );
  });
}
