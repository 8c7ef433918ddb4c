import { createQueryOptions, useTransport } from "@connectrpc/connect-query";
import type { Transport } from "@connectrpc/connect";
import type { DescMethod, DescService, FileRegistry } from "@bufbuild/protobuf";
import { type Provenance, type Schema, SchemaService } from "@rpcdeck/protocol/rpcdeck/v1/schema_pb.ts";
import { buildRegistry } from "@rpcdeck/schema";
import { keepPreviousData, queryOptions, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";
import { uploadAgain } from "./uploaded-schemas.ts";

/** A schema ready for use: descriptors that can be looked up by name, and where each file came from. */
export interface LoadedSchema {
  /** sha256 in hex; never changes its meaning. */
  readonly id: string;
  readonly registry: FileRegistry;
  /** Where each file came from, by file name. */
  readonly provenance: ReadonlyMap<string, Provenance>;
  /** What could not be found or understood, one line each. */
  readonly problems: readonly string[];
}

/** Where a schema is on its way here. */
export type SchemaState =
  | { readonly kind: "none" }
  | { readonly kind: "loading" }
  | { readonly kind: "ready"; readonly schema: LoadedSchema }
  | { readonly kind: "failed"; readonly error: Error };

/** A method and all around it, or why there is none. */
export type MethodState =
  | Exclude<SchemaState, { kind: "ready" }>
  | { readonly kind: "ready"; readonly schema: LoadedSchema; readonly service: DescService; readonly method: DescMethod }
  | { readonly kind: "missing"; readonly schema: LoadedSchema; readonly service: DescService | undefined };

/**
 * Query of one schema by id. A schema never changes under its id, so it is asked for once and kept. Fails when the gateway does not know the
 * id (any more).
 */
export function schemaQuery(transport: Transport, schemaId: string) {
  const getSchemas = createQueryOptions(SchemaService.method.getSchemas, { ids: [schemaId] }, { transport });
  return queryOptions({
    queryKey: ["schema", schemaId],
    queryFn: async (context): Promise<LoadedSchema> => {
      const ask = async () => {
        const answer = await getSchemas.queryFn({ ...context, queryKey: getSchemas.queryKey });
        return answer.schemas.find((candidate) => candidate.id === schemaId);
      };
      // A gateway that started anew has forgotten what was given to it here.
      const schema = (await ask()) ?? ((await uploadAgain(schemaId)) ? await ask() : undefined);
      if (schema === undefined) throw new Error(`schema ${schemaId.slice(0, 8)} is not known to the gateway`);
      return load(schema);
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
    // Registries are graphs with cycles: comparing an old one with a new one would never end.
    structuralSharing: false,
  });
}

/** Loads a schema by id; undefined or "" loads nothing. */
export function useSchema(schemaId: string | undefined): SchemaState {
  const transport = useTransport();
  const wanted = schemaId ?? "";
  return stateOf(wanted, useQuery({ ...schemaQuery(transport, wanted), enabled: wanted !== "" }));
}

function stateOf(wanted: string, query: Pick<UseQueryResult<LoadedSchema>, "data" | "error">): SchemaState {
  if (wanted === "") return { kind: "none" };
  if (query.data !== undefined) return { kind: "ready", schema: query.data };
  return query.error === null ? { kind: "loading" } : { kind: "failed", error: query.error };
}

/**
 * Loads a schema and finds a method in it by full service name and method name. Where another schema takes the place of one, the old one stands
 * until the new one is here, so that an editor does not go away under its user.
 */
export function useMethod(schemaId: string | undefined, serviceName: string, methodName: string): MethodState {
  const transport = useTransport();
  const wanted = schemaId ?? "";
  const query = useQuery({ ...schemaQuery(transport, wanted), enabled: wanted !== "", placeholderData: keepPreviousData });
  const { data, error } = query;
  return useMemo(() => {
    const state = stateOf(wanted, { data, error });
    if (state.kind !== "ready") return state;
    const service = state.schema.registry.getService(serviceName);
    const method = service?.methods.find((candidate) => candidate.name === methodName);
    if (service === undefined || method === undefined) return { kind: "missing", schema: state.schema, service };
    return { kind: "ready", schema: state.schema, service, method };
  }, [wanted, data, error, serviceName, methodName]);
}

function load(schema: Schema): LoadedSchema {
  const files = schema.files;
  const provenance = new Map((files?.file ?? []).map((file, index) => [file.name, schema.provenances[index] ?? 0]));
  const built = buildRegistry(files ?? { $typeName: "google.protobuf.FileDescriptorSet", file: [] });
  return { id: schema.id, registry: built.registry, provenance, problems: [...schema.problems, ...built.problems] };
}
