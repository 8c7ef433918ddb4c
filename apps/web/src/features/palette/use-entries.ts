import { useTransport } from "@connectrpc/connect-query";
import { useQueries } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Instance_Health } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { useCatalog } from "#data/catalog-feed.ts";
import { drafts } from "#data/drafts.ts";
import { setPreferences } from "#data/preferences.ts";
import { reloadSchemas } from "#data/reload-schemas.ts";
import { schemaQuery } from "#data/schema-registry.ts";
import { useTypedTargets } from "#data/typed-targets.ts";
import { focusWhenShown } from "#lib/focus-when-shown.ts";
import type { IconName } from "#ui/icon.tsx";
import type { MethodKind } from "#ui/kind-icon.tsx";
import type { LampState } from "#ui/lamp.tsx";

/** Something the palette can do. */
export interface Entry {
  readonly key: string;
  readonly group: "Methods" | "Instances" | "Actions";
  /** What is searched and shown. */
  readonly text: string;
  readonly note: string;
  readonly end: string;
  readonly mark: { readonly method: MethodKind } | { readonly lamp: LampState; readonly word: string } | { readonly icon: IconName };
  readonly keys?: string;
  readonly isGone?: boolean;
  readonly run: () => void;
}

const kinds = { unary: "unary", server_streaming: "server", client_streaming: "client", bidi_streaming: "bidi" } as const;

/** Everything the palette finds: methods of catalog and typed targets, instances, actions. */
export function useEntries(onShow: (what: "settings" | "shortcuts") => void): Entry[] {
  const catalog = useCatalog();
  const targets = useTypedTargets();
  const transport = useTransport();
  const navigate = useNavigate();
  const places = [
    ...(catalog?.services ?? []).map((service) => ({
      service: service.name,
      schemaId: service.schemaId,
      target: undefined,
      ids: service.instanceIds,
    })),
    ...targets.flatMap((target) => target.services.map((service) => ({ service, schemaId: target.schemaId, target, ids: [] }))),
  ];
  const ids = [...new Set(places.map((place) => place.schemaId))].filter((id) => id !== "");
  const queries = useQueries({ queries: ids.map((id) => schemaQuery(transport, id)) });
  const schemas = new Map(ids.map((id, index) => [id, queries[index]?.data]));
  const byId = new Map((catalog?.instances ?? []).map((instance) => [instance.id, instance]));

  const methods = places.flatMap((place): Entry[] => {
    const own = place.ids.map((id) => byId.get(id)).filter((instance) => instance !== undefined);
    const healthy = own.filter((instance) => instance.health !== Instance_Health.FAILING).length;
    return (schemas.get(place.schemaId)?.registry.getService(place.service)?.methods ?? []).map((method) => ({
      key: `method ${place.target?.url ?? ""} ${place.service}/${method.name}`,
      group: "Methods",
      text: `${place.service}/${method.name}`,
      note: place.target?.typed ?? "",
      end: place.target ? "" : healthy === own.length ? `${own.length} healthy` : `${healthy} of ${own.length} healthy`,
      mark: { method: kinds[method.methodKind] },
      run: () => {
        const draft = drafts.open({
          service: place.service,
          method: method.name,
          ...(place.target ? { target: place.target.url, schemaId: place.schemaId, metadata: place.target.metadata } : {}),
        });
        void navigate({ to: "/", search: { draft: draft.id } });
        focusWhenShown(`[data-draft="${draft.id}"] [role="tabpanel"]`);
      },
    }));
  });
  const instances = (catalog?.instances ?? []).map((instance): Entry => {
    const [lamp, word] = lampOf(instance.health);
    return {
      key: `instance ${instance.id}`,
      group: "Instances",
      text: instance.label,
      note: `${instance.address} · ${instance.protocolName}`,
      end: word,
      mark: { lamp, word },
      isGone: instance.health === Instance_Health.EVICTED,
      run: () => void navigate({ to: "/registry", search: { instance: instance.id } }),
    };
  });
  const action = (text: string, icon: IconName, run: () => void, keys?: string): Entry => ({
    key: `action ${text}`,
    group: "Actions",
    text,
    note: "",
    end: "",
    mark: { icon },
    run,
    ...(keys === undefined ? {} : { keys }),
  });
  return [
    ...methods,
    ...instances,
    action("Show calls", "calls", () => void navigate({ to: "/" }), "G C"),
    action("Show registry", "registry", () => void navigate({ to: "/registry" }), "G R"),
    action("Inspect bytes", "bytes", () => void navigate({ to: "/bytes" }), "G B"),
    action("Show problems in registry", "alert", () => void navigate({ to: "/registry", search: { show: "problems" } })),
    action("Reload schemas", "refresh", () => void reloadSchemas()),
    action("Settings", "settings", () => onShow("settings"), "Ctrl ,"),
    action("All shortcuts", "help", () => onShow("shortcuts"), "?"),
    action("Light theme", "theme", () => setPreferences({ theme: "light" })),
    action("Dark theme", "theme", () => setPreferences({ theme: "dark" })),
    action("Theme that follows the system", "theme", () => setPreferences({ theme: "system" })),
  ];
}

function lampOf(health: Instance_Health): [LampState, string] {
  switch (health) {
    case Instance_Health.FAILING:
      return ["error", "failing"];
    case Instance_Health.LAST_KNOWN:
      return ["unknown", "last known"];
    case Instance_Health.EVICTED:
      return ["off", "evicted"];
    default:
      return ["ok", "healthy"];
  }
}
