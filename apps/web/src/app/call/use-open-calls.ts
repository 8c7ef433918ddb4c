import { useTransport } from "@connectrpc/connect-query";
import { useQueries } from "@tanstack/react-query";
import { useCatalog } from "#data/catalog-feed.ts";
import { useDrafts } from "#data/drafts.ts";
import { schemaQuery } from "#data/schema-registry.ts";
import { differsFromSent, useRecentCalls } from "#data/sessions.ts";
import type { CallTab } from "#features/request/call-tabs.tsx";

const kinds = { unary: "unary", server_streaming: "server", client_streaming: "client", bidi_streaming: "bidi" } as const;

/** The open calls as tabs. */
export function useOpenCalls(): readonly CallTab[] {
  const drafts = useDrafts();
  const catalog = useCatalog();
  const transport = useTransport();
  const recent = useRecentCalls();
  const schemaOf = new Map(
    drafts.map((draft) => [draft.id, draft.schemaId || catalog?.services.find((known) => known.name === draft.service)?.schemaId || ""]),
  );
  const ids = [...new Set(schemaOf.values())].filter((id) => id !== "");
  const schemas = useQueries({ queries: ids.map((id) => schemaQuery(transport, id)) });
  return drafts.map((draft) => {
    const schema = schemas[ids.indexOf(schemaOf.get(draft.id) ?? "")]?.data;
    const method = schema?.registry.getService(draft.service)?.methods.find((candidate) => candidate.name === draft.method);
    return {
      id: draft.id,
      service: draft.service,
      method: draft.method,
      kind: method === undefined ? undefined : kinds[method.methodKind],
      live: recent.some((call) => call.draftId === draft.id && call.end === "running"),
      changed: differsFromSent(draft),
    };
  });
}
