import { Instance_Health, Protocol } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { Provenance } from "@rpcdeck/protocol/rpcdeck/v1/schema_pb.ts";
import { useSearch } from "@tanstack/react-router";
import { useCatalog, useCatalogStatus } from "#data/catalog-feed.ts";
import type { FeedStatus } from "#data/live-feed.ts";
import { useGatewayInfo } from "#data/queries.ts";
import { useSchema } from "#data/schema-registry.ts";
import { useTunnelState } from "#data/tunnel.ts";
import { countOf } from "#lib/format.ts";
import { cx } from "#lib/cx.ts";
import { Lamp, type LampState } from "#ui/lamp.tsx";
import text from "#ui/text.module.css";
import s from "./status-bar.module.css";

/** The link to the gateway, what there is to call, and the promise that nothing leaves this machine. */
export function StatusBar() {
  const status = useCatalogStatus();
  const info = useGatewayInfo();
  const instances = useCatalog()?.instances.filter((instance) => instance.health !== Instance_Health.EVICTED);
  const callable = instances?.filter((instance) => instance.protocol !== Protocol.OTHER && instance.health !== Instance_Health.FAILING);
  const link = linkOf(status);
  const tunnel = useTunnelState();
  return (
    <footer className={s.bar} data-pane="status" aria-label="Status">
      <span className={s.item}>
        <Lamp state={link.lamp} /> {link.word}{" "}
        <span className={text.mono}>{info?.listen.replace(/^https?:\/\//, "") ?? location.host}</span>
      </span>
      <span className={cx(s.item, s.wide)}>{tunnelWords[tunnel.kind]}</span>
      {instances && callable && (
        <span className={cx(s.item, s.wide)}>
          {countOf(instances.length, "instance")}, {callable.length} callable
        </span>
      )}
      <span className={s.gap} />
      <SchemaOrigin />
      <span
        className={cx(s.item, s.wide)}
        title="The page talks to this gateway only, and the gateway only to what you call and to the registries you name."
      >
        Nothing leaves this machine
      </span>
      {info && <span className={s.item}>v{info.version}</span>}
    </footer>
  );
}

/** Where the schema of the service in the address came from. */
function SchemaOrigin() {
  const search: { service?: string } = useSearch({ strict: false });
  const schemaId = useCatalog()?.services.find((service) => service.name === search.service)?.schemaId;
  const state = useSchema(schemaId);
  if (state.kind !== "ready") return null;
  const origins = [...new Set(state.schema.provenance.values())]
    .map((provenance) => origin[provenance] ?? "")
    .filter((word) => word !== "");
  if (origins.length === 0) return null;
  return (
    <span className={cx(s.item, s.wide)} {...(state.schema.problems.length === 0 ? {} : { title: state.schema.problems.join("\n") })}>
      Schema from {origins.join(" and ")}, {countOf(state.schema.provenance.size, "file")}
    </span>
  );
}

const origin: Partial<Record<Provenance, string>> = {
  [Provenance.BUILT_IN]: "the gateway",
  [Provenance.REFLECTION_V1]: "reflection v1",
  [Provenance.REFLECTION_V1ALPHA]: "reflection v1alpha",
  [Provenance.PROTO_PATH]: "--proto",
  [Provenance.DESCRIPTOR_SET]: "--descriptor-set",
  [Provenance.UPLOAD]: "an upload",
};

const tunnelWords = { idle: "Tunnel idle", connecting: "Tunnel opening", open: "Tunnel open", waiting: "Tunnel closed" } as const;

function linkOf(status: FeedStatus): { lamp: LampState; word: string } {
  switch (status.kind) {
    case "live":
      return { lamp: "ok", word: "Gateway" };
    case "connecting":
      return { lamp: "unknown", word: "Connecting to" };
    case "waiting":
      return { lamp: "error", word: "No answer from" };
    case "locked":
      return { lamp: "warn", word: "Token needed for" };
  }
}
