import type { Registry } from "@bufbuild/protobuf";
import { compareCanonical, describeFinding, type CanonicalComparison, type WireIndex } from "@rpcdeck/wire";
import { useMemo } from "react";
import { bytesText, countOf, countText } from "#lib/format.ts";
import { hexOf } from "#lib/hex-of.ts";
import { IconButton } from "#ui/button.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { AsidePanel, ColumnHeads, MoreRows, PathCell } from "./aside-table.tsx";
import s from "./compare-panels.module.css";

/** Rows drawn; further differences are counted below. */
const maxRows = 200;
/** Bytes of a range that a row spells out. */
const maxShownBytes = 8;

/** Whether the bytes are what a canonical encoder writes for their message, and where they are not. */
export function CanonicalPanel(props: { index: WireIndex; registry: Registry | undefined; onSelect: (path: string) => void }) {
  const { index, registry } = props;
  const comparison = useMemo(
    () => compareCanonical(index.bytes, index.type, { origin: index.origin, ...(registry !== undefined && { registry }) }),
    [index, registry],
  );
  if (comparison.kind === "too-large") {
    return (
      <EmptyState icon="weight" title="Too large to compare">
        <p>{`${bytesText(index.bytes.length)}; up to ${bytesText(comparison.limit)} are compared with their canonical form.`}</p>
      </EmptyState>
    );
  }
  if (comparison.kind === "invalid") {
    return (
      <EmptyState icon="alert" title="No canonical form">
        <p>{`What is no valid message cannot be encoded again: ${describeFinding(comparison.finding, index.origin)}.`}</p>
      </EmptyState>
    );
  }
  const { bytes, differences } = comparison;
  return (
    <AsidePanel label="Canonical">
      <div className={s.lead}>
        <p role="status">
          <strong>{differences.length === 0 ? "Canonical" : `${countOf(differences.length, "difference")} to the canonical bytes`}</strong>{" "}
          {leadOf(index, comparison)}
        </p>
        <IconButton
          label="Copy canonical bytes as hex"
          icon="copy"
          size="sm"
          onPress={() => void navigator.clipboard.writeText(hexOf(bytes))}
        />
      </div>
      {differences.length > 0 && (
        <table>
          <ColumnHeads names={["Path", "Why", "Given", "Canonical"]} />
          <tbody>
            {differences.slice(0, maxRows).map(({ path, text, given, canonical }) => (
              <tr key={`${given.start} ${given.end} ${canonical.start} ${canonical.end}`}>
                <PathCell path={path} onSelect={props.onSelect} />
                <td className={s.why}>{text}</td>
                <td className={s.bytes}>{shown(index.bytes, given)}</td>
                <td className={s.bytes}>{shown(bytes, canonical)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <MoreRows text={differences.length > maxRows ? `${countText(differences.length - maxRows)} more differences` : undefined} />
    </AsidePanel>
  );
}

function leadOf({ bytes: given, type }: WireIndex, { bytes, differences }: CanonicalComparison & { kind: "compared" }): string {
  const reading = type === undefined ? " Without a type only tags, lengths and varints are judged." : "";
  if (differences.length === 0)
    return `An encoder that sorts fields and writes everything as short as it can writes these very bytes.${reading}`;
  const saved = given.length - bytes.length;
  const size = saved === 0 ? "as many" : saved > 0 ? `${countText(saved)} fewer` : `${countText(-saved)} more`;
  return `They say the same in ${bytesText(bytes.length)}, ${size}.${reading}`;
}

function shown(bytes: Uint8Array, { start, end }: { readonly start: number; readonly end: number }): string {
  if (start === end) return "–";
  const hex = hexOf(bytes.subarray(start, Math.min(end, start + maxShownBytes)));
  return end - start > maxShownBytes ? `${hex} … ${countText(end - start)} B` : hex;
}
