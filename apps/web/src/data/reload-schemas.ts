import { ConnectError, createClient } from "@connectrpc/connect";
import { SchemaService } from "@rpcdeck/protocol/rpcdeck/v1/schema_pb.ts";
import { useSyncExternalStore } from "react";
import { adoptSchema } from "./adopt-schema.ts";
import { transport } from "./transport.ts";
import { saveTypedTarget, typedTarget, typedTargets } from "./typed-targets.ts";

/** How the last reload of schemas stands. */
export type SchemaReload =
  | { readonly kind: "idle" }
  | { readonly kind: "running" }
  /** `problems` are those of --proto and --descriptor-set, one line each: with any, the gateway keeps the ones it has. */
  | { readonly kind: "done"; readonly problems: readonly string[] }
  | { readonly kind: "failed"; readonly reason: string };

/** The word "done" stays for so long. Problems stay until they are dismissed. */
export const reloadShownMs = 6_000;

const client = createClient(SchemaService, transport);
const listeners = new Set<() => void>();
let state: SchemaReload = { kind: "idle" };
let timer: ReturnType<typeof setTimeout> | undefined;

/** How the last reload of schemas stands. */
export function useSchemaReload(): SchemaReload {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

/** Says no more about the last reload. */
export function dismissSchemaReload(): void {
  become({ kind: "idle" });
}

/**
 * Has the gateway read --proto files again and ask servers for their schemas anew: these instances and their likes, or, without ids, every
 * instance and every typed target. Drafts stay as they are; those of typed targets move to the new schema. Never rejects.
 */
export async function reloadSchemas(instanceIds: readonly string[] = []): Promise<void> {
  if (state.kind === "running") return;
  become({ kind: "running" });
  try {
    const { problems } = await client.reloadSchemas({ instanceIds: [...instanceIds] });
    if (instanceIds.length === 0) await Promise.all(typedTargets().map(({ url }) => inspectAgain(url)));
    become({ kind: "done", problems });
  } catch (error) {
    become({ kind: "failed", reason: ConnectError.from(error).rawMessage });
  }
}

/** A target that does not answer, or tells no schema, keeps what is known of it. */
async function inspectAgain(url: string): Promise<void> {
  const before = typedTarget(url);
  if (before === undefined) return;
  const metadata = before.metadata.map(({ name, value }) => ({ name, value }));
  const found = await client.inspectTarget({ target: url, metadata }).catch(() => undefined);
  const target = typedTarget(url);
  if (found === undefined || found.schemaId === "" || target === undefined) return;
  saveTypedTarget({ ...target, services: found.services, schemaId: found.schemaId });
  adoptSchema(url, before.schemaId, found.schemaId);
}

function become(next: SchemaReload): void {
  clearTimeout(timer);
  state = next;
  if (next.kind === "done" && next.problems.length === 0) timer = setTimeout(dismissSchemaReload, reloadShownMs);
  for (const listener of listeners) listener();
}
