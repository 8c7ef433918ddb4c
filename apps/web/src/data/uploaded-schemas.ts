import { createClient } from "@connectrpc/connect";
import { SchemaService, type UploadSchemaResponse_Problem as UploadProblem } from "@rpcdeck/protocol/rpcdeck/v1/schema_pb.ts";
import { useSyncExternalStore } from "react";
import { createStoredValue } from "./stored-value.ts";
import { transport } from "./transport.ts";

/** Files the user gave as the schema of something. Kept here, because the gateway keeps them only for a while (decision 13). */
export interface UploadedSchema {
  /** The schema's id, as the gateway named it. */
  readonly id: string;
  readonly files: readonly { readonly path: string; readonly content: Uint8Array }[];
  /** Services the user gave it for: full names. */
  readonly services: readonly string[];
}

/** Largest set of files taken, in bytes: the gateway's own message limit is 16 MiB. */
export const maxUploadBytes = 15 * 1024 * 1024;

const client = createClient(SchemaService, transport);
const store = createStoredValue<readonly UploadedSchema[]>("rpcdeck.schemas", [], parse);

/** All uploaded schemas of this browser. */
export function useUploadedSchemas(): readonly UploadedSchema[] {
  return useSyncExternalStore(store.subscribe, store.snapshot);
}

/** The newest uploaded schema that was given for a service. */
export function uploadedSchemaFor(schemas: readonly UploadedSchema[], service: string): string | undefined {
  return schemas.findLast((schema) => schema.services.includes(service))?.id;
}

/** What became of an upload. */
export type UploadResult =
  | { readonly kind: "done"; readonly schemaId: string }
  | { readonly kind: "problems"; readonly problems: readonly UploadProblem[] };

/** Gives files to the gateway, and keeps them when they make a schema. Rejects when the gateway is away. */
export async function uploadSchema(files: UploadedSchema["files"], services: readonly string[]): Promise<UploadResult> {
  const answer = await client.uploadSchema({ files: files.map((file) => ({ ...file, content: new Uint8Array(file.content) })) });
  if (answer.schemaId === "") return { kind: "problems", problems: answer.problems };
  store.update((schemas) => [...schemas.filter((schema) => schema.id !== answer.schemaId), { id: answer.schemaId, files, services }]);
  return { kind: "done", schemaId: answer.schemaId };
}

/** Gives a schema to the gateway once more after it said `schema_unknown`. False where this browser does not have it. */
export async function uploadAgain(schemaId: string): Promise<boolean> {
  await store.loaded;
  const schema = store.snapshot().find((known) => known.id === schemaId);
  if (!schema) return false;
  const answer = await client.uploadSchema({ files: schema.files.map((file) => ({ ...file, content: new Uint8Array(file.content) })) });
  return answer.schemaId === schemaId;
}

function parse(stored: unknown): readonly UploadedSchema[] | undefined {
  if (!Array.isArray(stored)) return undefined;
  return stored.filter((schema: unknown): schema is UploadedSchema => {
    if (typeof schema !== "object" || schema === null) return false;
    const { id, files, services } = schema as Partial<Record<keyof UploadedSchema, unknown>>;
    return typeof id === "string" && Array.isArray(files) && Array.isArray(services);
  });
}
