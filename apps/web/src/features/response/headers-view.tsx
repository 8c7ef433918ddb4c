import { isBinaryName, type Header } from "@rpcdeck/frames";
import type { CallSnapshot } from "#data/call-state.ts";
import type { TraceLegs } from "#data/trace-legs.ts";
import { BinaryValues } from "#ui/binary-values.tsx";
import { IconButton } from "#ui/button.tsx";
import text from "#ui/text.module.css";
import s from "./response.module.css";

/** Headers and trailers of both legs, `-bin` values with their bytes. What the browser hides, the gateway's record has. */
export function HeadersView({ snapshot, legs }: { snapshot: CallSnapshot; legs: TraceLegs }) {
  const { inbound, outbound } = legs;
  const outcome = snapshot.state.kind === "ended" ? snapshot.state.outcome : undefined;
  const recorded = inbound.responseHeaders.length > 0;
  return (
    <div className={s.scroll}>
      <Group
        title="Response headers"
        note={recorded ? "gateway → browser" : "as the browser tells them"}
        headers={recorded ? inbound.responseHeaders : snapshot.responseHeaders}
      />
      <Group title="Trailers" note="of the call" headers={outcome?.trailers ?? []} empty={outcome ? "none" : "come with the end"} />
      <Group
        title="Request headers"
        note={inbound.requestHeaders.length > 0 ? "browser → gateway" : "as the page set them"}
        headers={inbound.requestHeaders.length > 0 ? inbound.requestHeaders : snapshot.requestHeaders}
      />
      {outbound.protocol !== "" && (
        <>
          <Group title="Request headers" note={`gateway → backend, ${outbound.protocol}`} headers={outbound.requestHeaders} />
          <Group title="Response headers" note="backend → gateway" headers={outbound.responseHeaders} />
          <Group title="Trailers" note="backend → gateway" headers={outbound.responseTrailers} />
        </>
      )}
      {snapshot.traceProblem !== undefined && <p className={s.empty}>Only one leg is known: {snapshot.traceProblem}</p>}
    </div>
  );
}

function Group({ title, note, headers, empty = "none" }: { title: string; note: string; headers: readonly Header[]; empty?: string }) {
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
                {isBinaryName(name) && <BinaryValues name={name} value={value} />}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
