import { timestampDate } from "@bufbuild/protobuf/wkt";
import { useNavigate } from "@tanstack/react-router";
import { Protocol, type Catalog, type Instance } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import type { FleetProcess } from "@rpcdeck/protocol/rpcdeck/v1/gateway_pb.ts";
import type { ReactNode } from "react";
import { drafts } from "#data/drafts.ts";
import { reloadSchemas } from "#data/reload-schemas.ts";
import { toMs, useFleet, useGatewayInfo, useLeases } from "#data/queries.ts";
import { useSchema } from "#data/schema-registry.ts";
import { useTraffic } from "#data/traffic-feed.ts";
import { ageText, countOf, durationText, momentText } from "#lib/format.ts";
import { hexOf } from "#lib/hex-of.ts";
import { useNow } from "#lib/use-now.ts";
import { cx } from "#lib/cx.ts";
import { Button, IconButton } from "#ui/button.tsx";
import { DottedName } from "#ui/dotted-name.tsx";
import { Lamp } from "#ui/lamp.tsx";
import { Menu } from "#ui/menu.tsx";
import text from "#ui/text.module.css";
import { FleetControls } from "./fleet-controls.tsx";
import { LeaseMeter } from "./lease-meter.tsx";
import { isInfrastructure, stateLamps, stateOf } from "./registry-model.ts";
import { Spark } from "./spark.tsx";
import s from "./detail.module.css";

/** One instance in full: its raw record, lease, traffic and schema, and what can be done with it. */
export function InstanceDetail({ instance, catalog, onClose }: { instance: Instance; catalog: Catalog; onClose: () => void }) {
  const state = stateOf(instance);
  const now = useNow(1000);
  const leases = useLeases(instance.lease && state !== "evicted" ? [instance.id] : []);
  const traffic = useTraffic()?.byInstance.get(instance.id);
  const process = useProcess(instance);
  const twins = catalog.instances.filter(
    (other) => other.id !== instance.id && other.schemaId === instance.schemaId && stateOf(other) !== "evicted",
  );
  const grantedMs = (leases.get(instance.id)?.grantedMs ?? 0) || toMs(instance.lease?.granted);
  const own = instance.services.filter((name) => !isInfrastructure(name));
  return (
    <aside className={s.detail} aria-label={`Instance ${instance.label}`} data-pane="detail">
      <header className={s.head}>
        <div>
          <Lamp state={stateLamps[state]} />
          <h2 className={text.ellipsis} title={instance.id}>
            {instance.label}
          </h2>
        </div>
        <p>
          {state}{" "}
          <span className={text.quiet}>
            · {instance.protocol === Protocol.LOCAL ? "in this gateway" : `${instance.protocolName}, ${tlsText(instance.tls)}`}
          </span>
        </p>
        {instance.problem !== "" && <p className={state === "evicted" ? text.quiet : text.error}>{instance.problem}</p>}
        <IconButton label="Close details" icon="x" size="sm" className={s.close} onPress={onClose} />
      </header>
      <div className={s.actions}>
        <CallThis instance={instance} />
      </div>
      {process && <FleetControls process={process} />}
      <Facts title="Address">
        <Kv
          rows={[
            ["address", <code key="a">{instance.address}</code>],
            [
              "services",
              own.length === 0
                ? "not known"
                : own.map((name) => (
                    <div key={name} className={text.ellipsis} title={name}>
                      <DottedName name={name} />
                    </div>
                  )),
            ],
            ["registered as", instance.registeredAs],
            ...(instance.firstSeenAt ? [["first seen", <Ago key="f" at={timestampDate(instance.firstSeenAt)} now={now} />] as const] : []),
          ]}
        />
      </Facts>
      {instance.raw && (
        <Facts
          title="Raw record"
          note={instance.source}
          end={
            <IconButton
              label="Copy record"
              icon="copy"
              size="xs"
              onPress={() => void navigator.clipboard.writeText(`${instance.raw?.key ?? ""}\n${valueText(instance.raw?.value)}`)}
            />
          }
        >
          <p className={s.record}>
            <span className={text.quiet}>key</span>
            <code>{instance.raw.key}</code>
          </p>
          <p className={s.record}>
            <span className={text.quiet}>value</span>
            <code>{valueText(instance.raw.value)}</code>
          </p>
          <Kv
            rows={[
              ...(instance.raw.modRevision > 0n
                ? [
                    [
                      "revision",
                      <span key="r">
                        {String(instance.raw.modRevision)}{" "}
                        <span className={text.quiet}>
                          created {String(instance.raw.createRevision)}, version {String(instance.raw.version)}
                        </span>
                      </span>,
                    ] as const,
                  ]
                : []),
              ...(instance.raw.convention === "" ? [] : [["convention", instance.raw.convention] as const]),
            ]}
          />
        </Facts>
      )}
      {instance.lease && (
        <Facts title="Lease">
          <Kv
            rows={[
              ["id", <code key="id">{BigInt.asUintN(64, instance.lease.id).toString(16)}</code>],
              [
                "left",
                state === "evicted" ? (
                  "gone"
                ) : (
                  <LeaseMeter key="l" lease={leases.get(instance.id)} grantedMs={toMs(instance.lease.granted)} />
                ),
              ],
              ...(grantedMs > 0 ? [["granted", `${grantedMs / 1000} s`] as const] : []),
            ]}
          />
        </Facts>
      )}
      <Facts title="Traffic" note="60 s">
        <Spark values={traffic?.callsPerSecond ?? []} width={288} height={34} />
        <Kv
          rows={[
            ["calls", `${traffic?.calls ?? 0}, ${traffic?.errors ? countOf(traffic.errors, "error") : "no errors"}`],
            ["p50", traffic?.p50 ? durationText(toMs(traffic.p50)) : "–"],
          ]}
        />
      </Facts>
      <Facts
        title="Schema"
        end={
          state !== "evicted" && (
            <IconButton label="Read the schema again" icon="refresh" size="xs" onPress={() => void reloadSchemas([instance.id])} />
          )
        }
      >
        <Kv
          rows={[
            [
              "fingerprint",
              instance.schemaId === "" ? (
                <span key="n">{instance.schemaProblem === "" ? "not asked for yet" : `none: ${instance.schemaProblem}`}</span>
              ) : (
                <span key="f" title={instance.schemaId}>
                  <code>{instance.schemaId.slice(0, 8)}</code>
                  <span className={text.quiet}>
                    {" "}
                    {twins.length === 0 ? "nobody else has it" : `same as ${countOf(twins.length, "other")}`}
                  </span>
                </span>
              ),
            ],
          ]}
        />
      </Facts>
      {Object.keys(instance.metadata).length > 0 && (
        <Facts title="Metadata">
          <Kv rows={Object.entries(instance.metadata).map(([name, value]) => [name, <code key={name}>{value}</code>] as const)} />
        </Facts>
      )}
    </aside>
  );
}

/** The demo process behind an instance. A gone instance has none any more: there it is the stopped one that registers under the same name. */
function useProcess(instance: Instance): FleetProcess | undefined {
  const fleet = useFleet(useGatewayInfo()?.demo ?? false);
  if (stateOf(instance) === "evicted") return fleet?.find((process) => !process.running && process.name === instance.label);
  return fleet?.find((process) => process.name === instance.fleetProcess);
}

/** Opens a call that is pinned to this instance; with more than one method it asks which. */
function CallThis({ instance }: { instance: Instance }) {
  const navigate = useNavigate();
  const schema = useSchema(instance.schemaId === "" ? undefined : instance.schemaId);
  const services = instance.services.filter((name) => !isInfrastructure(name));
  const methods =
    schema.kind === "ready"
      ? services.flatMap((name) =>
          (schema.schema.registry.getService(name)?.methods ?? []).map((method) => ({ service: name, method: method.name })),
        )
      : [];
  const open = ({ service, method }: { service: string; method: string }) => {
    const draft = drafts.open({ service, method, target: instance.id });
    void navigate({ to: "/", search: { draft: draft.id } });
  };
  const gone = stateOf(instance) === "evicted";
  const only = methods.length === 1 ? methods[0] : undefined;
  if (gone || methods.length === 0) {
    return (
      <Button
        variant="primary"
        size="sm"
        icon="send"
        isDisabled
        tip={gone ? "It is gone from its source" : schema.kind === "loading" ? "Its schema is on its way" : "Its schema is not known"}
      >
        Call this
      </Button>
    );
  }
  if (only) {
    return (
      <Button variant="primary" size="sm" icon="send" onPress={() => open(only)}>
        Call this
      </Button>
    );
  }
  return (
    <Menu
      label="Method to call"
      entries={methods.map((entry) => ({
        id: `${entry.service}/${entry.method}`,
        label: entry.method,
        note: entry.service,
        onAction: () => open(entry),
      }))}
    >
      <Button variant="primary" size="sm" icon="send">
        Call this
      </Button>
    </Menu>
  );
}

function Facts({ title, note, end, children }: { title: string; note?: string; end?: ReactNode; children: ReactNode }) {
  return (
    <section className={s.facts}>
      <h3>
        {title} {note !== undefined && <span className={text.quiet}>{note}</span>}
        <span className={s.end}>{end}</span>
      </h3>
      {children}
    </section>
  );
}

function Kv({ rows }: { rows: readonly (readonly [string, ReactNode])[] }) {
  if (rows.length === 0) return null;
  return (
    <dl className={s.kv}>
      {rows.map(([name, value]) => (
        <div key={name} className={s.pair}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Ago({ at, now }: { at: Date; now: number }) {
  return (
    <time dateTime={at.toISOString()} title={momentText(at)} className={cx(s.ago)}>
      {ageText(now - at.getTime())} ago
    </time>
  );
}

function tlsText(tls: string): string {
  if (tls === "") return "plaintext";
  return tls === "skip-verify" ? "TLS, not verified" : "TLS, verified";
}

/** A record's value as text where it is text, else as hex. */
function valueText(value: Uint8Array | undefined): string {
  if (!value) return "";
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(value);
  } catch {
    return hexOf(value);
  }
}
