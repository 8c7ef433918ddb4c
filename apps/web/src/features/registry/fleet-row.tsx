import type { FleetProcess } from "@rpcdeck/protocol/rpcdeck/v1/gateway_pb.ts";
import { useQueryClient } from "@tanstack/react-query";
import { ConnectError } from "@connectrpc/connect";
import { useFleetActions } from "#data/queries.ts";
import { cx } from "#lib/cx.ts";
import { Button } from "#ui/button.tsx";
import { Lamp } from "#ui/lamp.tsx";
import row from "#ui/row.module.css";
import s from "./registry-sidebar.module.css";

/** One demo process: what it does, and the way to start or stop it. */
export function FleetRow({ process, onSelect }: { process: FleetProcess; onSelect: () => void }) {
  const { start, stop } = useFleetActions();
  const client = useQueryClient();
  const act = process.running ? stop : start;
  const error = start.error ?? stop.error;
  const odd = (process.behaviour?.delayMs ?? 0) > 0 || (process.behaviour?.failPercent ?? 0) > 0;
  return (
    <li className={s.process} title={error ? ConnectError.from(error).rawMessage : process.address}>
      <Lamp state={error ? "error" : process.running ? (odd ? "warn" : "ok") : "off"} label={process.running ? "running" : "stopped"} />
      <button type="button" className={cx(s.name)} onClick={onSelect}>
        {process.name}
      </button>
      <span className={row.note}>{process.running ? (odd ? behaviourText(process) : "") : "stopped"}</span>
      <Button
        size="xs"
        variant="ghost"
        busy={act.isPending}
        isDisabled={act.isPending}
        onPress={() => {
          act.mutate({ name: process.name }, { onSettled: () => void client.invalidateQueries() });
        }}
      >
        {process.running ? "Stop" : "Start"}
      </Button>
    </li>
  );
}

/** What a process does to calls, in a few words. */
export function behaviourText(process: FleetProcess): string {
  const { delayMs = 0, failPercent = 0 } = process.behaviour ?? {};
  return [delayMs > 0 ? `+${delayMs} ms` : "", failPercent > 0 ? `${failPercent} % fail` : ""].filter((part) => part !== "").join(", ");
}
