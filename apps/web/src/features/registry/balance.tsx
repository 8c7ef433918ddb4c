import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { Instance, WatchTrafficResponse_Tick as Tick } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { balanceCalls, useTraffic } from "#data/traffic-feed.ts";
import { ageText, countOf } from "#lib/format.ts";
import { useNow } from "#lib/use-now.ts";
import { cx } from "#lib/cx.ts";
import { DottedName } from "#ui/dotted-name.tsx";
import { Lamp } from "#ui/lamp.tsx";
import text from "#ui/text.module.css";
import { stateLamps, stateOf } from "./registry-model.ts";
import s from "./registry.module.css";

const laneHeight = 20;
const tickWidth = 3;
const width = balanceCalls * tickWidth;

/** Who answered each of the last 200 calls of a service: one lane an instance, one tick a call, a failed call below its lane's middle. */
export function Balance({
  service,
  instances,
  selected,
}: {
  service: string;
  instances: readonly Instance[];
  selected: string | undefined;
}) {
  const ticks = useTraffic()?.ticksByService.get(service) ?? [];
  const lanes = lanesOf(instances, ticks);
  const height = Math.max(1, lanes.length) * laneHeight;
  const counts = lanes.map((lane) => `${lane.label} ${lane.calls.length}`).join(", ");
  return (
    <section className={s.balance} aria-label={`Balance of ${service}`} data-pane="balance">
      <div className={s.balanceHead}>
        <h2>Balance</h2>
        <span className={text.ellipsis}>
          <DottedName name={service} />
        </span>
        <span className={cx(text.quiet, s.balanceNote)}>
          {ticks.length === 0 ? "no calls yet" : `last ${countOf(ticks.length, "call")}, oldest first`}
        </span>
      </div>
      <div className={s.balanceBody}>
        <ul className={s.who}>
          {lanes.map((lane) => (
            <li key={lane.id} className={cx(lane.goneAt !== undefined && s.gone)} title={lane.id}>
              <Lamp state={lane.lamp} label={lane.word} />
              <span className={s.whoLabel}>{lane.label}</span>
            </li>
          ))}
        </ul>
        <svg
          className={s.lanes}
          viewBox={`0 0 ${width} ${height}`}
          preserveAspectRatio="none"
          style={{ blockSize: height }}
          role="img"
          aria-label={`${ticks.length} calls: ${counts}`}
        >
          <path
            className={s.rule}
            d={lanes
              .slice(1)
              .map((_, index) => `M0 ${(index + 1) * laneHeight}H${width}`)
              .join("")}
          />
          {lanes.map((lane, index) => (
            <LaneMarks key={lane.id} lane={lane} top={index * laneHeight} lit={lane.id === selected} ticks={ticks} />
          ))}
        </svg>
        <ul className={s.counts}>
          {lanes.map((lane) => (
            <li key={lane.id}>
              <b>{lane.calls.length}</b>
              <LaneNote lane={lane} />
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

interface Lane {
  readonly id: string;
  readonly label: string;
  readonly lamp: "ok" | "error" | "unknown" | "off" | "warn" | "live";
  readonly word: string;
  readonly weight: number | undefined;
  /** When it was evicted, in `Date.now()` milliseconds. */
  readonly goneAt: number | undefined;
  /** Places of its calls among the ticks, and whether each went wrong. */
  readonly calls: readonly { readonly place: number; readonly failed: boolean }[];
}

function LaneMarks({ lane, top, lit, ticks }: { lane: Lane; top: number; lit: boolean; ticks: readonly Tick[] }) {
  const path = (calls: Lane["calls"], from: number, length: number) =>
    calls.map((call) => `M${call.place * tickWidth + 1.5} ${top + from}v${length}`).join("");
  const goneFrom =
    lane.goneAt === undefined ? -1 : ticks.findIndex((tick) => tick.at !== undefined && timestampMs(tick.at) > (lane.goneAt ?? 0));
  const goneX = goneFrom === -1 ? undefined : goneFrom * tickWidth;
  return (
    <>
      {goneX !== undefined && (
        <rect className={s.laneGone} x={goneX} y={top + 1} width={ticks.length * tickWidth - goneX} height={laneHeight - 1} />
      )}
      {goneX !== undefined && <path className={s.mark} d={`M${goneX} ${top}v${laneHeight}`} />}
      <path
        className={cx(s.lane, lit && s.laneLit)}
        d={path(
          lane.calls.filter((call) => !call.failed),
          4,
          12,
        )}
      />
      <path
        className={s.laneFailed}
        d={path(
          lane.calls.filter((call) => call.failed),
          11,
          8,
        )}
      />
    </>
  );
}

function LaneNote({ lane }: { lane: Lane }) {
  const now = useNow(1000);
  const failed = lane.calls.filter((call) => call.failed).length;
  const words = [
    failed > 0 ? `${failed} failed` : "",
    lane.goneAt === undefined
      ? lane.weight !== undefined && lane.weight !== 1
        ? `weight ${lane.weight}`
        : ""
      : `evicted ${ageText(now - lane.goneAt)} ago`,
  ];
  return <span className={cx(text.quiet, failed > 0 && text.error)}>{words.filter((word) => word !== "").join(", ")}</span>;
}

function lanesOf(instances: readonly Instance[], ticks: readonly Tick[]): Lane[] {
  const calls = Map.groupBy(
    ticks.map((tick, place) => ({ id: tick.instanceId, place, failed: tick.code !== 0 && tick.code !== Code.Canceled })),
    (call) => call.id,
  );
  const known = new Set(instances.map((instance) => instance.id));
  // An evicted instance without a call among these says nothing about the balance.
  const shown = instances.filter((instance) => stateOf(instance) !== "evicted" || calls.has(instance.id));
  return [
    ...shown.map((instance): Lane => {
      const state = stateOf(instance);
      return {
        id: instance.id,
        label: instance.label,
        lamp: stateLamps[state],
        word: state,
        weight: instance.weight,
        goneAt: state === "evicted" && instance.evictedAt ? timestampMs(instance.evictedAt) : undefined,
        calls: calls.get(instance.id) ?? [],
      };
    }),
    ...[...calls.keys()]
      .filter((id) => id !== "" && !known.has(id))
      .map((id): Lane => ({
        id,
        label: id,
        lamp: "unknown",
        word: "not registered",
        weight: undefined,
        goneAt: undefined,
        calls: calls.get(id) ?? [],
      })),
  ];
}
