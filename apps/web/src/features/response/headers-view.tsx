import { isBinaryName, type Header } from "@rpcdeck/frames";
import type { CallSnapshot } from "#data/call-state.ts";
import type { TraceLegs } from "#data/trace-legs.ts";
import { BinaryValues } from "#ui/binary-values.tsx";
import { IconButton } from "#ui/button.tsx";
import text from "#ui/text.module.css";
import s from "./response.module.css";

/** Headers and trailers of both legs, `-bin` values with their bytes. What the browser hides, the gateway's record has. */
export function HeadersView(props: {
  snapshot: CallSnapshot;
  legs: TraceLegs;
  /** Opens a `-bin` value with its message type, "" for none. */
  onInspect: (bytes: Uint8Array, typeName: string) => void;
}) {
  const { snapshot, legs, onInspect } = props;
  const { inbound, outbound } = legs;
  const outcome = snapshot.state.kind === "ended" ? snapshot.state.outcome : undefined;
  const recorded = inbound.responseHeaders.length > 0;
  return (
    <div className={s.scroll}>
      <Group
        title="Response headers"
        note={recorded ? "gateway → browser" : "as the browser tells them"}
        headers={recorded ? inbound.responseHeaders : snapshot.responseHeaders}
        onInspect={onInspect}
      />
      <Group
        title="Trailers"
        note="of the call"
        headers={outcome?.trailers ?? []}
        empty={outcome ? "none" : "come with the end"}
        onInspect={onInspect}
      />
      <Group
        title="Request headers"
        note={inbound.requestHeaders.length > 0 ? "browser → gateway" : "as the page set them"}
        headers={inbound.requestHeaders.length > 0 ? inbound.requestHeaders : snapshot.requestHeaders}
        onInspect={onInspect}
      />
      {outbound.protocol !== "" && (
        <>
          <Group
            title="Request headers"
            note={`gateway → backend, ${outbound.protocol}`}
            headers={outbound.requestHeaders}
            onInspect={onInspect}
          />
          <Group title="Response headers" note="backend → gateway" headers={outbound.responseHeaders} onInspect={onInspect} />
          <Group title="Trailers" note="backend → gateway" headers={outbound.responseTrailers} onInspect={onInspect} />
        </>
      )}
      {snapshot.traceProblem !== undefined && <p className={s.empty}>Only one leg is known: {snapshot.traceProblem}</p>}
    </div>
  );
}

/** Message types of `-bin` entries that a protocol defines. */
const typeNames: Readonly<Record<string, string>> = { "grpc-status-details-bin": "google.rpc.Status" };

function Group(props: {
  title: string;
  note: string;
  headers: readonly Header[];
  empty?: string;
  onInspect: (bytes: Uint8Array, typeName: string) => void;
}) {
  const { title, note, headers, empty = "none", onInspect } = props;
  return (
    <section className={s.group}>
      <h2 className={s.groupHead}>
        {title} <span className={text.quiet}>{note}</span>
        {headers.length > 0 && (
          <IconButton
            label={`Copy ${title.toLowerCase()}`}
            icon="copy"
            size="xs"
            onPress={() => void navigator.clipboard.writeText(headers.map(([name, value]) => `${name}: ${value}`).join("\n"))}
          />
        )}
      </h2>
      {headers.length === 0 ? (
        <p className={text.quiet}>{empty}</p>
      ) : (
        <dl className={s.headers}>
          {headers.map(([name, value], index) => (
            // The same name may come twice, and headers never move.
            // oxlint-disable-next-line react/no-array-index-key
            <div key={index}>
              <dt>{name}</dt>
              <dd>
                {value}
                {isBinaryName(name) && (
                  <BinaryValues
                    name={name}
                    value={value}
                    onInspect={(bytes) => {
                      onInspect(bytes, typeNames[name] ?? "");
                    }}
                  />
                )}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
