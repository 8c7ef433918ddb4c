import type { CatalogEvent, Instance } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { useState } from "react";
import { countOf, momentText, timeText } from "#lib/format.ts";
import { DottedName } from "#ui/dotted-name.tsx";
import { Lamp } from "#ui/lamp.tsx";
import { Segmented } from "#ui/segmented.tsx";
import text from "#ui/text.module.css";
import { atMs, eventLook } from "./registry-model.ts";
import s from "./registry.module.css";

/** Most events drawn; the gateway sends at most 500. */
const drawnEvents = 200;

/** What happened in the catalog, newest first. */
export function EventLog({ events, instances }: { events: readonly CatalogEvent[]; instances: readonly Instance[] }) {
  const [show, setShow] = useState<"all" | "problems">("all");
  const shown = events.filter((event) => show === "all" || eventLook(event.kind).problem);
  const byId = new Map(instances.map((instance) => [instance.id, instance]));
  return (
    <section className={s.events} aria-label="Events" data-pane="events">
      <div className={s.eventsHead}>
        <h2>Events</h2>
        <Segmented
          label="Events"
          size="sm"
          segments={[
            { id: "all", label: "All" },
            { id: "problems", label: "Problems" },
          ]}
          selected={show}
          onSelect={setShow}
        />
        <span className={text.quiet}>{countOf(shown.length, "event")}</span>
      </div>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard */}
      <div className={s.eventsScroll} tabIndex={0} role="region" aria-label="Event log">
        <table className={s.eventTable}>
          <thead className={text.sr}>
            <tr>
              <th>Time, UTC</th>
              <th>Event</th>
              <th>Source</th>
              <th>Registered as</th>
              <th>Instance</th>
              <th>Detail</th>
            </tr>
          </thead>
          <tbody>
            {shown
              .slice(-drawnEvents)
              .toReversed()
              .map((event) => {
                const look = eventLook(event.kind);
                const at = new Date(atMs(event));
                const instance = byId.get(event.instanceId);
                return (
                  <tr key={String(event.seq)}>
                    <td className={text.mono}>
                      <time dateTime={at.toISOString()} title={momentText(at)} className={text.quiet}>
                        {timeText(at)}
                      </time>
                    </td>
                    <td>
                      <span className={s.event}>
                        <Lamp state={look.lamp} />
                        {look.words}
                      </span>
                    </td>
                    <td className={text.quiet}>{event.source}</td>
                    <td>
                      <DottedName name={event.registeredAs} />
                    </td>
                    <td className={text.mono} title={event.instanceId}>
                      {instance?.label ?? shortId(event.instanceId)}
                    </td>
                    <td className={text.quiet} title={event.detail}>
                      {event.detail}
                    </td>
                  </tr>
                );
              })}
          </tbody>
        </table>
        {shown.length === 0 && <p className={s.nothing}>{show === "all" ? "No events yet" : "No problems"}</p>}
      </div>
    </section>
  );
}

/** The last part of a key: the rest is its source and service, which have columns of their own. */
function shortId(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1);
}
