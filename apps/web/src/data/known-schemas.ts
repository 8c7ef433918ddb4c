import { useTransport } from "@connectrpc/connect-query";
import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { useCatalog } from "./catalog-feed.ts";
import { schemaQuery, type LoadedSchema } from "./schema-registry.ts";
import { useTypedTargets } from "./typed-targets.ts";
import { useUploadedSchemas } from "./uploaded-schemas.ts";

/** Every schema that is known here. */
export interface KnownSchemas {
  /** Those that are loaded: of registered services first, then of typed targets, then uploaded ones. */
  readonly schemas: readonly LoadedSchema[];
  /** False while some are on their way. */
  readonly isComplete: boolean;
}

/** Loads every schema that the catalog, typed targets and uploads name. */
export function useKnownSchemas(): KnownSchemas {
  const catalog = useCatalog();
  const targets = useTypedTargets();
  const uploads = useUploadedSchemas();
  const transport = useTransport();
  const ids = [
    ...new Set([
      ...(catalog?.services ?? []).map(({ schemaId }) => schemaId),
      ...targets.map(({ schemaId }) => schemaId),
      ...uploads.map(({ id }) => id),
    ]),
  ].filter((id) => id !== "");
  const queries = useQueries({ queries: ids.map((id) => schemaQuery(transport, id)) });
  const key = ids.filter((_, at) => queries[at]?.data !== undefined).join(" ");
  const isComplete = catalog !== undefined && queries.every((query) => !query.isPending);
  // A schema never changes under its id: the ids that are loaded say all.
  // oxlint-disable-next-line react/exhaustive-deps
  return useMemo(() => ({ schemas: queries.flatMap(({ data }) => data ?? []), isComplete }), [key, isComplete]);
}
