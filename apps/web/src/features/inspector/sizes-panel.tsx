import { countText } from "#lib/format.ts";
import { EmptyState } from "#ui/empty-state.tsx";
import { AsidePanel, ColumnHeads, MoreRows, PathCell } from "./aside-table.tsx";
import type { MessageCheck } from "./message-check.ts";
import s from "./compare-panels.module.css";

/** Rows drawn; what is smaller adds up in one line below. */
const maxRows = 200;

/** What makes a message of `totalBytes` big: every field path with its bytes, largest first. */
export function SizesPanel(props: { check: MessageCheck; totalBytes: number; onSelect: (path: string) => void }) {
  const { check, totalBytes, onSelect } = props;
  if (check.kind !== "done") {
    return <EmptyState icon="weight" title={check.kind === "running" ? "Sizes are being added up" : "Sizes were not added up"} />;
  }
  const entries = check.sizes();
  const shown = entries.slice(0, maxRows);
  return (
    <AsidePanel label="Sizes">
      <table className={s.figures}>
        <ColumnHeads names={["Path", "Records", "Tags", "Lengths", "Values", "Bytes", "Share"]} />
        <tbody>
          {shown.map((entry) => {
            const percent = (100 * entry.totalBytes) / Math.max(1, totalBytes);
            return (
              <tr key={entry.path}>
                <PathCell path={entry.path} onSelect={onSelect} />
                <td>{countText(entry.count)}</td>
                <td>{countText(entry.tagBytes)}</td>
                <td>{countText(entry.lengthBytes)}</td>
                <td>{countText(entry.valueBytes)}</td>
                <td>{countText(entry.totalBytes)}</td>
                <td>
                  <span className={s.share}>
                    <span className={s.bar}>
                      <span style={{ inlineSize: `${percent.toFixed(1)}%` }} />
                    </span>
                    {percent.toFixed(1)} %
                  </span>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <MoreRows text={entries.length > shown.length ? `${countText(entries.length - shown.length)} smaller paths` : undefined} />
    </AsidePanel>
  );
}
