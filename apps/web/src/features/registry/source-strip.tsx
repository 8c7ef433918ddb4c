import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Source_State, type Catalog, type Source } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { ageText, countOf } from "#lib/format.ts";
import { useNow } from "#lib/use-now.ts";
import { cx } from "#lib/cx.ts";
import { Lamp, type LampState } from "#ui/lamp.tsx";
import text from "#ui/text.module.css";
import { stateOf } from "./registry-model.ts";
import s from "./registry.module.css";

/** Where instances come from, and how well each source is. */
export function SourceStrip({ catalog }: { catalog: Catalog }) {
  return (
    <ul className={s.sources} aria-label="Registry sources">
      {catalog.sources.map((source) => (
        <SourceCell
          key={source.name}
          source={source}
          count={catalog.instances.filter((instance) => instance.source === source.name && stateOf(instance) !== "evicted").length}
        />
      ))}
    </ul>
  );
}

function SourceCell({ source, count }: { source: Source; count: number }) {
  const now = useNow(1000);
  const look = lookOf(source.state);
  const stale = source.state === Source_State.STALE;
  const facts = stale
    ? [
        source.seenAt ? `serving last known, ${ageText(now - timestampMs(source.seenAt))} old` : "serving last known",
        source.nextTryAt ? `next try in ${ageText(timestampMs(source.nextTryAt) - now)}` : "",
        source.problem,
      ]
    : [
        source.addresses.join(", "),
        source.revision > 0n ? `rev ${source.revision}` : "",
        countOf(count, "instance"),
        source.changedAt ? `changed ${ageText(now - timestampMs(source.changedAt))} ago` : "",
      ];
  const line = facts.filter((fact) => fact !== "").join(" · ");
  return (
    <li className={cx(s.source, stale && s.stale)}>
      <Lamp state={look.lamp} />
      <div>
        <p>
          <b>{source.name}</b> <span className={look.tone}>{look.word}</span>
        </p>
        <p className={stale ? undefined : text.quiet} title={line}>
          {line}
        </p>
      </div>
    </li>
  );
}

function lookOf(state: Source_State): { lamp: LampState; word: string; tone: string | undefined } {
  switch (state) {
    case Source_State.OK:
      return { lamp: "ok", word: "ok", tone: text.ok };
    case Source_State.STALE:
      return { lamp: "warn", word: "stale", tone: text.warn };
    case Source_State.CONNECTING:
      return { lamp: "unknown", word: "connecting", tone: text.quiet };
    default:
      return { lamp: "unknown", word: "not known", tone: text.quiet };
  }
}
