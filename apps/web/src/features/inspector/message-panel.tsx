import { describeFinding, locate, type WireIndex } from "@rpcdeck/wire";
import { cx } from "#lib/cx.ts";
import { countOf, countText, durationText } from "#lib/format.ts";
import { hexOf } from "#lib/hex-of.ts";
import { prefixText } from "./envelope-rules.ts";
import type { FindingRanges } from "./finding-ranges.ts";
import { verdictOf, type MessageCheck } from "./message-check.ts";
import type { BodyFrame } from "./types.ts";
import { UnsetRow } from "./unset-row.tsx";
import s from "./readings-panel.module.css";

/** Findings spelled out here; the list over the tree has all. */
const maxListed = 7;

/** What stands in the panel while nothing, or the prefix of a frame, is chosen: the prefix and the findings of the message. */
export function MessagePanel(props: {
  index: WireIndex | undefined;
  check: MessageCheck | undefined;
  findings: FindingRanges | undefined;
  frame: BodyFrame | undefined;
  bytes: Uint8Array;
  /** Added to offsets: where the message begins in `bytes`. */
  base: number;
}) {
  const { index, check, frame, bytes, base } = props;
  const first = props.findings?.list.slice(0, maxListed) ?? [];
  const findings = index === undefined ? first.map((finding) => ({ ...finding, path: "" })) : locate(index, first);
  const verdict = check === undefined ? undefined : verdictOf(check);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
    <section className={s.panel} aria-label="The message" tabIndex={0}>
      {frame?.flags !== undefined && (
        <div className={s.row}>
          <span className={s.as}>prefix</span>
          <span className={s.anatomy}>
            <code>{hexOf(bytes.subarray(0, 5))}</code> {prefixText(frame)}
          </span>
        </div>
      )}
      {index !== undefined && (
        <div className={s.row}>
          <span className={s.as}>message</span>
          <span>{index.type?.typeName ?? "no schema"}</span>
          <span className={s.why}>{findings.length === 0 ? "choose a byte or a field to take it apart" : undefined}</span>
        </div>
      )}
      {index !== undefined && <UnsetRow index={index} level={index.root} />}
      {check?.kind === "done" && check.tookMs !== undefined && verdict !== undefined && (
        <div className={s.row}>
          <span className={s.as}>checked</span>
          <span>
            {countOf(verdict.recordCount, "record")}, {countOf(verdict.findingCount, "finding")}
          </span>
          <span className={s.why}>in {durationText(check.tookMs)}</span>
        </div>
      )}
      {findings.map((finding) => (
        <div key={`${finding.code} ${finding.offset}`} className={cx(s.row, finding.severity === "error" && s.bad)}>
          <span className={s.as}>{finding.severity}</span>
          <span className={s.text}>
            {finding.path === "" ? "" : `${finding.path} `}
            {describeFinding(finding, base)}
          </span>
        </div>
      ))}
      {props.findings !== undefined && props.findings.total > findings.length && (
        <div className={s.row}>
          <span className={s.as} />
          <span>{countText(props.findings.total - findings.length)} more</span>
        </div>
      )}
    </section>
  );
}
