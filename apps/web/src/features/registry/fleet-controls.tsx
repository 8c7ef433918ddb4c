import { ConnectError } from "@connectrpc/connect";
import type { FleetProcess } from "@rpcdeck/protocol/rpcdeck/v1/gateway_pb.ts";
import { useQueryClient } from "@tanstack/react-query";
import { useFleetActions } from "#data/queries.ts";
import { Button } from "#ui/button.tsx";
import { Segmented, type Segment } from "#ui/segmented.tsx";
import text from "#ui/text.module.css";
import s from "./detail.module.css";

const delays: readonly Segment[] = [
  { id: "0", label: "none" },
  { id: "300", label: "300 ms" },
  { id: "2000", label: "2 s" },
];
const failures: readonly Segment[] = [
  { id: "0", label: "none" },
  { id: "30", label: "30 %" },
  { id: "100", label: "all" },
];

/** What can be done to the demo process behind an instance. */
export function FleetControls({ process }: { process: FleetProcess }) {
  const { start, stop, kill, behave } = useFleetActions();
  const client = useQueryClient();
  const done = { onSettled: () => void client.invalidateQueries() };
  const busy = start.isPending || stop.isPending || kill.isPending;
  const error = [start, stop, kill, behave].find((mutation) => mutation.error)?.error;
  const { delayMs = 0, failPercent = 0 } = process.behaviour ?? {};
  const name = process.name;
  return (
    <section className={s.facts}>
      <h3>
        Demo process <span className={text.quiet}>{name}</span>
      </h3>
      {process.running ? (
        <>
          <div className={s.fleet}>
            <Button
              size="sm"
              isDisabled={busy}
              tip="Ends it politely: its lease is revoked, it is gone at once"
              onPress={() => stop.mutate({ name }, done)}
            >
              Stop
            </Button>
            <Button
              size="sm"
              variant="danger"
              isDisabled={busy}
              tip="Ends it at once: its lease runs out on its own"
              onPress={() => kill.mutate({ name }, done)}
            >
              Kill
            </Button>
          </div>
          <dl className={s.kv}>
            <div className={s.pair}>
              <dt>slow down</dt>
              <dd>
                <Segmented
                  label="Slow down"
                  size="sm"
                  segments={delays}
                  selected={delays.find((delay) => delay.id === String(delayMs))?.id}
                  onSelect={(id) => behave.mutate({ name, behaviour: { delayMs: Number(id), failPercent } }, done)}
                />
              </dd>
            </div>
            <div className={s.pair}>
              <dt>fail</dt>
              <dd>
                <Segmented
                  label="Fail"
                  size="sm"
                  segments={failures}
                  selected={failures.find((failure) => failure.id === String(failPercent))?.id}
                  onSelect={(id) => behave.mutate({ name, behaviour: { delayMs, failPercent: Number(id) } }, done)}
                />
              </dd>
            </div>
          </dl>
        </>
      ) : (
        <div className={s.fleet}>
          <Button size="sm" icon="play" busy={start.isPending} isDisabled={busy} onPress={() => start.mutate({ name }, done)}>
            Start
          </Button>
          <span className={text.quiet}>stopped</span>
        </div>
      )}
      <p role="status" className={text.error}>
        {error ? ConnectError.from(error).rawMessage : ""}
      </p>
    </section>
  );
}
