import type { ReactNode } from "react";
import { useState } from "react";
import type { Instance } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { useCatalog } from "#data/catalog-feed.ts";
import { useFleet, useGatewayInfo } from "#data/queries.ts";
import { cx } from "#lib/cx.ts";
import { DottedName } from "#ui/dotted-name.tsx";
import { Input } from "#ui/input.tsx";
import { Lamp } from "#ui/lamp.tsx";
import row from "#ui/row.module.css";
import text from "#ui/text.module.css";
import { FleetRow } from "./fleet-row.tsx";
import { facetOf, namesOf, stateFacet, stateLamps, stateOf, type Facet } from "./registry-model.ts";
import { instanceStates, type InstanceState } from "./registry-search.ts";
import { useRegistrySearch } from "./use-registry.ts";
import s from "./registry-sidebar.module.css";

/** Filters of the registry screen. Each is in the address; pressing the chosen one takes it away. */
export function RegistrySidebar() {
  const catalog = useCatalog();
  const instances = catalog?.instances ?? [];
  const alive = instances.filter((instance) => stateOf(instance) !== "evicted");
  const [search, change] = useRegistrySearch();
  const [filter, setFilter] = useState("");
  const services = facetOf(alive, namesOf).filter((facet) => facet.value.toLowerCase().includes(filter.trim().toLowerCase()));
  const fleet = useFleet(useGatewayInfo()?.demo ?? false);
  return (
    <div className={s.sidebar}>
      <div className={s.head} data-filter="">
        <Input
          label="Filter services"
          placeholder="Filter services"
          size="sm"
          icon="filter"
          type="search"
          value={filter}
          onChange={setFilter}
          slotClassName={s.slot}
        />
      </div>
      <div className={s.scroll}>
        <FacetList
          title={
            <>
              Services <span className={text.count}>{services.length}</span>
            </>
          }
          label="Services"
          facets={services}
          selected={search.service}
          onSelect={(service) => change({ service })}
          mark={(facet) => <Lamp state={serviceLamp(alive, facet.value)} />}
          name={(facet) => <DottedName name={facet.value} />}
          note={(facet) => {
            const own = alive.filter((instance) => namesOf(instance).includes(facet.value));
            const healthy = own.filter((instance) => stateOf(instance) === "healthy").length;
            if (healthy === facet.count) return String(facet.count);
            if (own.every((instance) => stateOf(instance) === "last known")) return `${facet.count}, last known`;
            return <span className={s.warn}>{`${healthy} of ${facet.count}`}</span>;
          }}
        />
        <FacetList
          title="State"
          label="State"
          facets={stateFacet(instances)}
          selected={search.state}
          onSelect={(value) => change({ state: instanceStates.find((state) => state === value) })}
          mark={(facet) => <Lamp state={stateLamps[facet.value as InstanceState]} quiet={facet.count === 0} />}
          name={(facet) => (facet.value === "evicted" ? "evicted, last 10 min" : facet.value)}
        />
        <FacetList
          title="Source"
          label="Source"
          facets={facetOf(alive, (instance) => [instance.source])}
          selected={search.source}
          onSelect={(source) => change({ source })}
        />
        <FacetList
          title="Protocol"
          label="Protocol"
          facets={facetOf(alive, (instance) => [instance.protocolName])}
          selected={search.speaks}
          onSelect={(speaks) => change({ speaks })}
        />
        {fleet && fleet.length > 0 && (
          <section className={s.section} aria-label="Demo processes">
            <h2 className={s.title}>Demo processes</h2>
            <ul>
              {fleet.map((process) => (
                <FleetRow
                  key={process.name}
                  process={process}
                  onSelect={() => {
                    const instance = instanceOf(instances, process.name);
                    if (instance) change({ instance: instance.id });
                  }}
                />
              ))}
            </ul>
          </section>
        )}
      </div>
    </div>
  );
}

function FacetList(props: {
  title: ReactNode;
  label: string;
  facets: readonly Facet[];
  selected: string | undefined;
  onSelect: (value: string | undefined) => void;
  mark?: (facet: Facet) => ReactNode;
  name?: (facet: Facet) => ReactNode;
  note?: (facet: Facet) => ReactNode;
}) {
  return (
    <section className={s.section} aria-label={props.label}>
      <h2 className={s.title}>{props.title}</h2>
      <ul>
        {props.facets.map((facet) => {
          const chosen = facet.value === props.selected;
          return (
            <li key={facet.value}>
              <button
                type="button"
                className={cx(row.row, s.facet)}
                aria-pressed={chosen}
                onClick={() => props.onSelect(chosen ? undefined : facet.value)}
              >
                {props.mark?.(facet) ?? <span className={s.none} />}
                <span className={s.name} title={facet.value}>
                  {props.name?.(facet) ?? facet.value}
                </span>
                <span className={row.note}>{props.note?.(facet) ?? facet.count}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function serviceLamp(instances: readonly Instance[], service: string) {
  const own = instances.filter((instance) => namesOf(instance).includes(service));
  const healthy = own.filter((instance) => stateOf(instance) === "healthy").length;
  if (healthy === own.length) return "ok";
  if (healthy > 0) return "warn";
  return own.some((instance) => stateOf(instance) === "last known") ? "unknown" : "error";
}

/** The instance of a demo process: the running one, else the one that was evicted last. */
function instanceOf(instances: readonly Instance[], process: string): Instance | undefined {
  const own = instances.filter((instance) => instance.fleetProcess === process);
  return own.find((instance) => stateOf(instance) !== "evicted") ?? own.at(-1);
}
