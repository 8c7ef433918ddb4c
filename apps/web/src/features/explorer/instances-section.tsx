import { Link } from "@tanstack/react-router";
import { Instance_Health, type Instance } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { useCatalog } from "#data/catalog-feed.ts";
import { cx } from "#lib/cx.ts";
import { DottedName } from "#ui/dotted-name.tsx";
import { Lamp, type LampState } from "#ui/lamp.tsx";
import row from "#ui/row.module.css";
import { Section } from "./section.tsx";
import s from "./explorer.module.css";

/** Who has the service of the open call. Each row leads to its record in the registry. */
export function InstancesSection({ service }: { service: string }) {
  const catalog = useCatalog();
  const ids = catalog?.services.find((known) => known.name === service)?.instanceIds ?? [];
  const instances = ids.map((id) => catalog?.instances.find((instance) => instance.id === id)).filter((instance) => instance !== undefined);
  if (instances.length === 0) return null;
  return (
    <Section
      title={
        <>
          Instances of <DottedName name={service} />
        </>
      }
    >
      <ul className={s.list}>
        {instances.map((instance) => {
          const look = lampOf(instance);
          return (
            <li key={instance.id}>
              <Link
                to="/registry"
                search={{ instance: instance.id }}
                className={cx(row.row, s.item)}
                title={`${instance.address} · ${instance.protocolName}`}
              >
                <Lamp state={look.lamp} label={look.word} />
                <span className={s.label}>{instance.label}</span>
                <span className={s.address}>{shortAddress(instance.address)}</span>
                <span className={row.note}>{instance.problem === "" ? instance.protocolName : instance.problem}</span>
              </Link>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

function lampOf(instance: Instance): { lamp: LampState; word: string } {
  switch (instance.health) {
    case Instance_Health.FAILING:
      return { lamp: "error", word: "failing" };
    case Instance_Health.LAST_KNOWN:
      return { lamp: "unknown", word: "last known" };
    case Instance_Health.EVICTED:
      return { lamp: "off", word: "evicted" };
    default:
      return { lamp: "ok", word: "healthy" };
  }
}

/** On this machine the port says enough. */
function shortAddress(address: string): string {
  return address.replace(/^(127\.0\.0\.1|localhost|\[::1\]):/, ":");
}
