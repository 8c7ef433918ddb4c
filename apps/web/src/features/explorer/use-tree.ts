import { useTransport } from "@connectrpc/connect-query";
import { useQueries } from "@tanstack/react-query";
import { useCatalog } from "#data/catalog-feed.ts";
import { schemaQuery } from "#data/schema-registry.ts";
import { useTypedTargets } from "#data/typed-targets.ts";
import { uploadedSchemaFor, useUploadedSchemas } from "#data/uploaded-schemas.ts";
import { buildTree, type RootNode } from "./tree-model.ts";

/** Most schemas that are fetched for the tree; services beyond them say so. */
const maxSchemas = 200;

/** Everything that can be called, live; undefined before the first catalog came. */
export function useTree(): readonly RootNode[] | undefined {
  const catalog = useCatalog();
  const targets = useTypedTargets();
  const uploaded = useUploadedSchemas();
  const transport = useTransport();
  const ids = [
    ...new Set([
      ...(catalog?.services.map((service) => service.schemaId) ?? []),
      ...targets.map((target) => target.schemaId),
      ...uploaded.map((schema) => schema.id),
    ]),
  ]
    .filter((id) => id !== "")
    .slice(0, maxSchemas);
  const queries = useQueries({ queries: ids.map((id) => schemaQuery(transport, id)) });
  const byId = new Map(ids.map((id, index) => [id, queries[index]]));
  if (catalog === undefined && targets.length === 0) return undefined;
  return buildTree(
    catalog,
    targets,
    (schemaId) => {
      const query = byId.get(schemaId);
      if (query === undefined) return `only ${maxSchemas} schemas are loaded at once`;
      return query.data?.registry ?? query.error?.message;
    },
    (service) => uploadedSchemaFor(uploaded, service),
  );
}
