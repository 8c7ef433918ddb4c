import type { Carrier } from "#data/call-state.ts";
import { type Draft, maxHedgeMs, messageEncodings } from "#data/draft.ts";
import { Select } from "#ui/select.tsx";
import s from "./request.module.css";
import { TimeInput } from "./time-input.tsx";

const unset = "default";
const selects = [
  { id: unset, label: "gateway's default", note: "round-robin" },
  { id: "round-robin", label: "round-robin" },
  { id: "random", label: "random" },
] as const;
const fails = [
  { id: unset, label: "gateway's default", note: "failover" },
  { id: "failover", label: "failover", note: "the next instance, when the first never saw the call" },
  { id: "failfast", label: "failfast", note: "one attempt" },
] as const;
const encodings = [
  { id: "none", label: "none" },
  { id: "gzip", label: "gzip" },
  { id: "br", label: "br", note: "compressed by the gateway" },
  { id: "zstd", label: "zstd", note: "compressed by the gateway" },
] as const;

/** Choices of a call that are seldom changed. */
export function OptionsForm(props: {
  draft: Draft;
  /** In effect, whether or not it was chosen. */
  deadlineMs: number | undefined;
  onChange: (change: Partial<Draft>) => void;
  /** Undefined where two instances may be asked, else why not. */
  hedgeProblem: string | undefined;
  /** Undefined where GET may be chosen, else why not. */
  getProblem: string | undefined;
  carrier: Carrier | undefined;
}) {
  const { draft, onChange } = props;
  return (
    <div className={s.scroll}>
      <div className={s.options}>
        <TimeInput
          label="Deadline"
          showLabel
          icon="clock"
          ms={props.deadlineMs}
          onChange={(deadlineMs) => {
            onChange({ deadlineMs, deadlineChosen: true });
          }}
        />
        <Select
          label="Compression of the request"
          showLabel
          options={encodings}
          selected={draft.encoding === "" ? "none" : draft.encoding}
          onSelect={(id) => {
            onChange({ encoding: messageEncodings.find((encoding) => encoding === id) ?? "" });
          }}
        />
        <Select
          label="Which instance"
          showLabel
          options={selects}
          selected={selects.find(({ id }) => id === draft.select)?.id ?? unset}
          isDisabled={draft.target !== undefined}
          onSelect={(id) => {
            onChange({ select: id === unset ? undefined : id });
          }}
        />
        <Select
          label="When it cannot be reached"
          showLabel
          options={fails}
          selected={fails.find(({ id }) => id === draft.fail)?.id ?? unset}
          isDisabled={draft.target !== undefined}
          onSelect={(id) => {
            onChange({ fail: id === unset ? undefined : id });
          }}
        />
        <TimeInput
          label="Ask a second instance after"
          showLabel
          ms={draft.hedgeMs}
          maxMs={maxHedgeMs}
          onChange={(hedgeMs) => {
            onChange({ hedgeMs });
          }}
          // What was chosen before can be taken back: the gateway would refuse the call.
          isDisabled={props.hedgeProblem !== undefined && draft.hedgeMs === undefined}
          hint={props.hedgeProblem ?? "The first answer wins; it may run twice"}
          error={draft.hedgeMs === undefined ? undefined : props.hedgeProblem}
        />
        <label className={s.option} {...(props.getProblem === undefined ? {} : { "data-off": "" })}>
          <input
            type="checkbox"
            className={s.check}
            checked={draft.useGet && props.getProblem === undefined}
            disabled={props.getProblem !== undefined}
            onChange={(event) => {
              onChange({ useGet: event.target.checked });
            }}
          />
          Send by HTTP GET
          <span className={s.optionNote}>{props.getProblem ?? "the message goes into the address"}</span>
        </label>
      </div>
      {props.carrier && (
        <p className={s.hint}>
          {props.carrier.kind === "fetch"
            ? "Goes by fetch: the browser's network panel shows it."
            : `Goes through the tunnel: ${props.carrier.reason}.`}
        </p>
      )}
    </div>
  );
}
