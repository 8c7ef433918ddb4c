import { Dialog } from "react-aria-components/Dialog";
import { Modal, ModalOverlay } from "react-aria-components/Modal";
import { useCatalog } from "#data/catalog-feed.ts";
import { useTraffic } from "#data/traffic-feed.ts";
import { useMedia } from "#lib/use-media.ts";
import { useNow } from "#lib/use-now.ts";
import { useTitle } from "#lib/use-title.ts";
import { Button } from "#ui/button.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { Spinner } from "#ui/spinner.tsx";
import { Balance } from "./balance.tsx";
import { EventLog } from "./event-log.tsx";
import { InstanceDetail } from "./instance-detail.tsx";
import { InstanceTable } from "./instance-table.tsx";
import { findInstances, groupInstances, isInfrastructure, namesOf, stateOf } from "./registry-model.ts";
import { SourceStrip } from "./source-strip.tsx";
import { Toolbar } from "./toolbar.tsx";
import { useRegistrySearch } from "./use-registry.ts";
import s from "./registry.module.css";

/** The registry screen: sources, instances, one instance in detail, the balance of the last 200 calls, and what happened. */
export function RegistryPage() {
  useTitle("Registry");
  const catalog = useCatalog();
  const [search, change] = useRegistrySearch();
  const now = useNow(10_000);
  const wide = useMedia("(min-width: 1280px)");
  const ticks = useTraffic()?.ticksByService;
  if (!catalog) {
    return (
      <EmptyState icon="registry" title="Reading the catalog">
        <Spinner />
      </EmptyState>
    );
  }
  const found = findInstances(catalog, search, now);
  const groups = groupInstances(found, search.group ?? "service", search.service);
  const chosen = catalog.instances.find((instance) => instance.id === search.instance);
  const balanced = balancedService();
  const close = () => {
    change({ instance: undefined });
  };
  const detail = chosen && <InstanceDetail instance={chosen} catalog={catalog} onClose={close} />;

  /** The service of the filter or of the chosen instance, else the one with the newest call, else the first. */
  function balancedService(): string | undefined {
    const candidates =
      search.service !== undefined
        ? [search.service]
        : chosen
          ? namesOf(chosen).filter((name) => !isInfrastructure(name))
          : [...(ticks?.keys() ?? [])];
    const newest = (name: string) => Number(ticks?.get(name)?.at(-1)?.seq ?? -1n);
    return (
      candidates.toSorted((a, b) => newest(b) - newest(a))[0] ?? catalog?.services.find((service) => !isInfrastructure(service.name))?.name
    );
  }

  return (
    <>
      <SourceStrip catalog={catalog} />
      <div className={s.registry}>
        <div className={s.body} data-pane="instances">
          <Toolbar count={found.filter((instance) => stateOf(instance) !== "evicted").length} search={search} onChange={change} />
          {found.length === 0 ? (
            <EmptyState
              icon="filter"
              title={catalog.instances.length === 0 ? "No instances yet" : "No instance fits"}
              className={s.tablewrap}
            >
              {catalog.instances.length === 0 ? (
                <p>Nothing is registered in any source.</p>
              ) : (
                <Button
                  size="sm"
                  onPress={() =>
                    change({ q: undefined, service: undefined, state: undefined, source: undefined, speaks: undefined, show: undefined })
                  }
                >
                  Clear filters
                </Button>
              )}
            </EmptyState>
          ) : (
            <InstanceTable
              groups={groups}
              sources={catalog.sources}
              selected={search.instance}
              onSelect={(instance) => change({ instance })}
            />
          )}
          {balanced !== undefined && (
            <Balance
              service={balanced}
              instances={catalog.instances.filter((instance) => namesOf(instance).includes(balanced))}
              selected={search.instance}
            />
          )}
        </div>
        {wide && detail}
        {!wide && (
          <ModalOverlay className={s.scrim ?? ""} isOpen={chosen !== undefined} isDismissable onOpenChange={close}>
            <Modal className={s.drawer ?? ""}>
              <Dialog aria-label="Instance" className={s.drawerDialog ?? ""}>
                {detail}
              </Dialog>
            </Modal>
          </ModalOverlay>
        )}
      </div>
      <EventLog events={catalog.events} instances={catalog.instances} />
    </>
  );
}
