import type { LeaseLeft } from "#data/queries.ts";
import { useNow } from "#lib/use-now.ts";
import { Meter } from "#ui/meter.tsx";
import s from "./registry.module.css";

/** Between two answers the countdown goes on by itself. */
const redrawEveryMs = 500;

/** How long a lease has left, counting down. `lease` undefined: not known yet. */
export function LeaseMeter({ lease, grantedMs }: { lease: LeaseLeft | undefined; grantedMs: number }) {
  const now = useNow(redrawEveryMs);
  if (!lease) return <Meter label="Lease left" left={undefined} total={grantedMs / 1000} text="not known yet" />;
  const left = Math.max(0, lease.leftMs - Math.max(0, now - lease.at)) / 1000;
  const total = (lease.grantedMs || grantedMs) / 1000;
  return (
    <span className={s.ttl}>
      <Meter label="Lease left" left={left} total={total} text={`${left.toFixed(1)} s of ${total} s`} />
      <span className={s.seconds}>{Math.ceil(left)} s</span>
    </span>
  );
}
