import { Code, ConnectError } from "@connectrpc/connect";
import { useMutation } from "@connectrpc/connect-query";
import {
  SchemaService,
  type InspectTargetResponse,
  InspectTargetResponse_Step_Result as Result,
} from "@rpcdeck/protocol/rpcdeck/v1/schema_pb.ts";
import { useEffect, useRef, useState } from "react";
import { adoptSchema } from "#data/adopt-schema.ts";
import type { MetadataEntry } from "#data/draft.ts";
import { useGatewayInfo } from "#data/queries.ts";
import { saveTypedTarget, skipsVerification, type TypedTarget } from "#data/typed-targets.ts";
import { countOf, durationText } from "#lib/format.ts";
import { Button, IconButton } from "#ui/button.tsx";
import { Dialog } from "#ui/dialog.tsx";
import { Input } from "#ui/input.tsx";
import { Lamp, type LampState } from "#ui/lamp.tsx";
import { NoticeBar } from "#ui/notice-bar.tsx";
import { Segmented } from "#ui/segmented.tsx";
import { SchemaDrop } from "./schema-drop.tsx";
import s from "./add-target-dialog.module.css";

type Tls = "auto" | "skip-verify";

/** Takes an address, shows step by step what was found there, and keeps it as a target of this browser (decision 13). */
export function AddTargetDialog({ edit, onClose }: { edit: TypedTarget | undefined; onClose: () => void }) {
  const [address, setAddress] = useState(edit?.typed ?? "");
  const [tls, setTls] = useState<Tls>(edit && skipsVerification(edit.url) ? "skip-verify" : "auto");
  const [metadata, setMetadata] = useState<readonly MetadataEntry[]>(edit?.metadata ?? []);
  const [uploaded, setUploaded] = useState<string | undefined>(undefined);
  const running = useRef<AbortController | undefined>(undefined);
  const inspect = useMutation(SchemaService.method.inspectTarget);
  const sent = metadata.filter((entry) => entry.enabled && entry.name.trim() !== "");
  useEffect(() => () => running.current?.abort(), []);

  const look = () => {
    setUploaded(undefined);
    inspect.mutate({
      target: withVerification(address.trim(), tls),
      metadata: sent.map(({ name, value }) => ({ name: name.trim().toLowerCase(), value })),
    });
  };
  const keep = (found: InspectTargetResponse) => {
    saveTypedTarget({
      url: found.url,
      typed: address.trim(),
      protocol: found.protocol,
      services: found.services,
      schemaId: uploaded ?? found.schemaId,
      metadata: sent,
    });
    if (edit) adoptSchema(edit.url, edit.schemaId, uploaded ?? found.schemaId);
    onClose();
  };
  const error = inspect.error ? ConnectError.from(inspect.error) : undefined;
  const takesUnix = useGatewayInfo()?.unixTargets;
  const isRefusedUnix = takesUnix === false && /^(grpc\+)?unix:/.test(address.trim());
  const badAddress = isRefusedUnix
    ? "This gateway calls typed unix sockets only when it is started with --allow-unix-targets"
    : error?.code === Code.InvalidArgument
      ? error.rawMessage
      : undefined;

  return (
    <Dialog title={edit ? "Inspect target" : "Add a target"} isOpen onClose={onClose} wide>
      <form
        className={s.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (address.trim() !== "" && !isRefusedUnix && !inspect.isPending) look();
        }}
      >
        <div className={s.line}>
          <Input
            label="Address"
            showLabel
            mono
            autoFocus
            value={address}
            onChange={(value) => {
              setAddress(value);
              inspect.reset();
            }}
            placeholder={`localhost:50051, grpcs://host, connect+http://host:8080${takesUnix === true ? ", unix:/path" : ""}`}
            inputMode="url"
            error={badAddress}
          />
          {/* Pressable while it looks: a disabled button drops the focus, and with it Escape. */}
          <Button variant="primary" type="submit" busy={inspect.isPending} isDisabled={address.trim() === "" || isRefusedUnix}>
            {inspect.isPending ? "Looking" : "Look"}
          </Button>
        </div>
        <div className={s.options}>
          <span className={s.option}>
            Certificate
            <Segmented
              label="Certificate"
              size="sm"
              segments={[
                { id: "auto", label: "verified" },
                { id: "skip-verify", label: "not verified", tip: "For TLS with a certificate nobody signed. Shown on every call." },
              ]}
              selected={tls}
              onSelect={setTls}
            />
          </span>
        </div>
        <MetadataRows entries={metadata} onChange={setMetadata} />
      </form>
      <div aria-live="polite">
        {error && badAddress === undefined && <NoticeBar tone="error" fact="Could not look" reason={error.rawMessage} />}
        {inspect.data && (
          <Report found={inspect.data} uploaded={uploaded} onUploaded={setUploaded} onKeep={keep} keeps={edit !== undefined} />
        )}
      </div>
    </Dialog>
  );
}

function MetadataRows({ entries, onChange }: { entries: readonly MetadataEntry[]; onChange: (entries: readonly MetadataEntry[]) => void }) {
  const change = (index: number, part: Partial<MetadataEntry>) => {
    onChange(entries.map((entry, at) => (at === index ? { ...entry, ...part } : entry)));
  };
  return (
    <fieldset className={s.metadata} aria-label="Metadata for reflection and every call">
      {entries.map((entry, index) => (
        // Entries have no identity of their own: their place is what they are.
        // oxlint-disable-next-line react/no-array-index-key
        <div key={index} className={s.entry}>
          <Input
            label={`Name ${index + 1}`}
            mono
            size="sm"
            placeholder="authorization"
            value={entry.name}
            onChange={(name) => change(index, { name })}
          />
          <Input
            label={`Value ${index + 1}`}
            mono
            size="sm"
            placeholder="Bearer …"
            value={entry.value}
            onChange={(value) => change(index, { value })}
          />
          <IconButton
            label={`Remove ${entry.name === "" ? "entry" : entry.name}`}
            icon="x"
            size="sm"
            onPress={() => onChange(entries.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      <Button
        variant="ghost"
        size="sm"
        icon="plus"
        className={s.add}
        onPress={() => onChange([...entries, { name: "", value: "", enabled: true }])}
      >
        {entries.length === 0 ? "Metadata for reflection and every call" : "Another entry"}
      </Button>
    </fieldset>
  );
}

function Report(props: {
  found: InspectTargetResponse;
  uploaded: string | undefined;
  keeps: boolean;
  onUploaded: (schemaId: string) => void;
  onKeep: (found: InspectTargetResponse) => void;
}) {
  const { found } = props;
  const hasSchema = found.schemaId !== "" || props.uploaded !== undefined;
  return (
    <div className={s.report}>
      <ol className={s.steps} aria-label="What was tried">
        {found.steps.map((step) => {
          const look = lookOf(step.result);
          return (
            <li key={step.title} className={s.step}>
              <Lamp state={look.lamp} label={look.word} />
              <span>{step.title}</span>
              <span className={s.time}>{durationText(step.elapsedMs)}</span>
              {step.detail !== "" && <span className={s.detail}>{step.detail}</span>}
            </li>
          );
        })}
      </ol>
      {found.url !== "" && !hasSchema && (
        <SchemaDrop services={found.services.length > 0 ? found.services : [found.url]} onDone={props.onUploaded} />
      )}
      {found.url === "" ? (
        <NoticeBar tone="error" fact="Nothing to call there" reason="See the failed step above." />
      ) : (
        <div className={s.done}>
          <span>
            {hasSchema
              ? props.uploaded === undefined
                ? `${countOf(found.services.length, "service")} found`
                : "Schema added"
              : "It answers, but its schema is not known yet"}
          </span>
          <Button variant="primary" onPress={() => props.onKeep(found)}>
            {props.keeps ? "Keep" : "Add"}
          </Button>
        </div>
      )}
    </div>
  );
}

function lookOf(result: Result): { lamp: LampState; word: string } {
  switch (result) {
    case Result.OK:
      return { lamp: "ok", word: "worked" };
    case Result.FAILED:
      return { lamp: "error", word: "failed" };
    case Result.SKIPPED:
      return { lamp: "off", word: "skipped" };
    default:
      return { lamp: "unknown", word: "not known" };
  }
}

/** The target with `verify=none`, which needs a scheme that says TLS: a bare address becomes gRPC over TLS. */
function withVerification(target: string, tls: Tls): string {
  if (tls === "auto" || target.startsWith("unix:") || skipsVerification(target)) return target;
  const url = target.includes("://") ? target : `grpcs://${target}`;
  return url + (url.includes("?") ? "&" : "?") + "verify=none";
}
