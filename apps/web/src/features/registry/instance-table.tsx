import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Protocol, type Instance, type Source } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { useRef, useState } from "react";
import { useLeases, toMs, type LeaseLeft } from "#data/queries.ts";
import { useTraffic, type Traffic } from "#data/traffic-feed.ts";
import { ageText, durationText } from "#lib/format.ts";
import { useNow } from "#lib/use-now.ts";
import { cx } from "#lib/cx.ts";
import { DottedName } from "#ui/dotted-name.tsx";
import { Icon } from "#ui/icon.tsx";
import { Lamp } from "#ui/lamp.tsx";
import { Meter } from "#ui/meter.tsx";
import { Tag } from "#ui/tag.tsx";
import text from "#ui/text.module.css";
import { loadOf } from "./load-of.ts";
import { LeaseMeter } from "./lease-meter.tsx";
import { healthText, isInfrastructure, stateLamps, stateOf, type Group } from "./registry-model.ts";
import { Spark } from "./spark.tsx";
import { useOnScreen } from "./use-on-screen.ts";
import s from "./registry.module.css";

/** All instances that the filters leave, under their services or sources. */
export function InstanceTable(props: {
  groups: readonly Group[];
  sources: readonly Source[];
  selected: string | undefined;
  onSelect: (id: string) => void;
}) {
  const { groups, selected, onSelect } = props;
  const seenAt = new Map(props.sources.map((source) => [source.name, source.seenAt ? timestampMs(source.seenAt) : undefined]));
  const traffic = useTraffic();
  const wrap = useRef<HTMLDivElement>(null);
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const zoned = groups.some((group) => group.instances.some((instance) => zoneAndVersion(instance).zone !== undefined));
  const isOpen = (group: Group) => isInfrastructure(group.name) === toggled.has(group.key);
  const rows = groups.filter(isOpen).flatMap((group) => group.instances);
  const leased = new Set(rows.filter((instance) => instance.lease && stateOf(instance) !== "evicted").map((instance) => instance.id));
  const onScreen = useOnScreen(wrap, rows.map((instance) => instance.id).join("\n"));
  const leases = useLeases(onScreen.filter((id) => leased.has(id)));
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard
    <div className={s.tablewrap} ref={wrap} tabIndex={0} role="region" aria-label="Instances">
      <table className={cx(s.instances, zoned && s.zoned)}>
        <thead>
          <tr>
            <th>Instance</th>
            <th>Address</th>
            <th>Protocol</th>
            <th>Source</th>
            <th>Health, lease left</th>
            <th className={text.end}>Weight</th>
            <th>{zoned ? "Zone, version" : "Version"}</th>
            <th>Share, 60 s</th>
            <th className={text.end}>p50</th>
            <th className={text.end}>Errors</th>
          </tr>
        </thead>
        {groups.map((group) => {
          const open = isOpen(group);
          return (
            <tbody key={group.key}>
              {group.kind !== "none" && (
                <GroupRow
                  group={group}
                  open={open}
                  onToggle={() => {
                    const next = new Set(toggled);
                    if (!next.delete(group.key)) next.add(group.key);
                    setToggled(next);
                  }}
                />
              )}
              {open &&
                group.instances.map((instance) => (
                  <InstanceRow
                    key={instance.id}
                    instance={instance}
                    group={group}
                    traffic={traffic}
                    lease={leases.get(instance.id)}
                    seenAtMs={seenAt.get(instance.source)}
                    selected={instance.id === selected}
                    onSelect={() => onSelect(instance.id)}
                  />
                ))}
            </tbody>
          );
        })}
      </table>
    </div>
  );
}

function GroupRow({ group, open, onToggle }: { group: Group; open: boolean; onToggle: () => void }) {
  const others = group.instances.filter((instance) => instance.protocol !== Protocol.LOCAL);
  const protocols = [...new Set((others.length > 0 ? others : group.instances).map((instance) => instance.protocolName))];
  const evicted = group.instances.filter((instance) => stateOf(instance) === "evicted").length;
  const schemas = differingSchemas(group.instances);
  const problem = group.instances.find((instance) => instance.schemaProblem !== "")?.schemaProblem;
  return (
    <tr className={s.grouprow}>
      <th colSpan={10} scope="rowgroup">
        <button type="button" className={s.grouphead} aria-expanded={open} onClick={onToggle}>
          <Icon name={open ? "chevron-down" : "chevron-right"} size={12} className={s.caret} />
          <b>
            <DottedName name={group.name} />
          </b>
          {group.kind !== "source" && protocols.map((protocol) => <Tag key={protocol}>{protocol}</Tag>)}
          <span className={text.quiet}>{healthText(group.instances)}</span>
          {evicted > 0 && (
            <span className={cx(s.note, text.warn)}>
              <Lamp state="warn" />
              {evicted} evicted
            </span>
          )}
          {group.kind === "service" && schemas > 1 && (
            <span className={cx(s.note, text.warn)}>
              <Lamp state="warn" />
              {schemas} schemas
            </span>
          )}
          {group.kind === "registered" && problem !== undefined && (
            <span className={cx(s.note, text.warn)} title={problem}>
              <Lamp state="warn" />
              No schema: {problem}
            </span>
          )}
        </button>
      </th>
    </tr>
  );
}

function InstanceRow(props: {
  instance: Instance;
  group: Group;
  traffic: Traffic | undefined;
  lease: LeaseLeft | undefined;
  /** When its source was last in reach. */
  seenAtMs: number | undefined;
  selected: boolean;
  onSelect: () => void;
}) {
  const { instance } = props;
  const state = stateOf(instance);
  const gone = state === "evicted";
  const own = props.traffic?.byInstance.get(instance.id);
  const load = loadOf(instance, props.group, props.traffic, useNow(1000));
  const { zone, version } = zoneAndVersion(instance);
  return (
    <tr className={cx(s.row, gone && s.gone)} data-on-screen={instance.id} {...(props.selected ? { "data-selected": "" } : {})}>
      <td>
        <span className={s.idIn}>
          <Lamp state={stateLamps[state]} label={state} />
          <button type="button" className={s.open} aria-pressed={props.selected} onClick={props.onSelect} title={instance.id}>
            {instance.label}
          </button>
        </span>
      </td>
      <td className={cx(text.mono, s.address)} title={instance.address}>
        {instance.address}
      </td>
      <td>{instance.protocolName}</td>
      <td>{instance.source}</td>
      <LeaseCells instance={instance} lease={props.lease} seenAtMs={props.seenAtMs} />
      <td>
        {zone !== undefined && <Tag>{zone}</Tag>} <span className={text.quiet}>{version}</span>
      </td>
      <td className={s.share}>
        <Spark values={load.perSecond} />
        <span>{load.share === undefined ? "–" : `${Math.round(100 * load.share)} %`}</span>
      </td>
      <td className={text.end}>{own?.p50 ? durationText(toMs(own.p50)) : "–"}</td>
      <td className={cx(text.end, (own?.errors ?? 0) > 0 && text.error)}>{own?.errors ?? 0}</td>
    </tr>
  );
}

/** Lease and weight; of an instance that is gone or failing, the reason over both. */
function LeaseCells({ instance, lease, seenAtMs }: { instance: Instance; lease: LeaseLeft | undefined; seenAtMs: number | undefined }) {
  const now = useNow(1000);
  switch (stateOf(instance)) {
    case "evicted":
      return (
        <td colSpan={2} className={s.reason} title={instance.problem}>
          {instance.problem === "" ? "gone" : instance.problem}
          {instance.evictedAt ? ` ${ageText(now - timestampMs(instance.evictedAt))} ago` : ""}
        </td>
      );
    case "failing":
      return (
        <td colSpan={2} className={cx(s.reason, text.error)} title={instance.problem}>
          {instance.problem === "" ? "failing" : instance.problem}
        </td>
      );
    case "last known":
      return (
        <>
          <td>
            <span className={s.ttl}>
              <Meter label="Lease left" left={undefined} total={1} text="not known: the source is away" />
              <span className={text.quiet}>{seenAtMs === undefined ? "last known" : `${ageText(now - seenAtMs)} old`}</span>
            </span>
          </td>
          <td className={text.end}>{trim(instance.weight)}</td>
        </>
      );
    case "healthy":
      return (
        <>
          <td>
            {instance.lease ? (
              <LeaseMeter lease={lease} grantedMs={toMs(instance.lease.granted)} />
            ) : (
              <span className={text.quiet}>no lease</span>
            )}
          </td>
          <td className={text.end}>{trim(instance.weight)}</td>
        </>
      );
  }
}

/** The most schemas that instances with the same services have. A schema is a whole server's: with other services it differs anyway. */
function differingSchemas(instances: readonly Instance[]): number {
  const comparable = instances.filter((instance) => stateOf(instance) !== "evicted" && instance.schemaId !== "");
  const alike = Map.groupBy(comparable, (instance) => instance.services.toSorted().join(" "));
  return Math.max(0, ...[...alike.values()].map((group) => new Set(group.map((instance) => instance.schemaId)).size));
}

function zoneAndVersion(instance: Instance): { zone: string | undefined; version: string | undefined } {
  const find = (...names: string[]) => Object.entries(instance.metadata).find(([name]) => names.includes(name.toLowerCase()))?.[1];
  return { zone: find("zone", "group", "region"), version: find("version", "rpcdeck.version", "service.version") };
}

function trim(value: number): string {
  return String(Math.round(value * 10) / 10);
}
