import { countText } from "#lib/format.ts";
import { EmptyState } from "#ui/empty-state.tsx";
import type { MessageCheck } from "./message-check.ts";
import s from "./inspect-bytes.module.css";

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
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
    <div className={s.sizes} role="region" aria-label="Sizes" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Path</th>
            <th scope="col">Records</th>
            <th scope="col">Tags</th>
            <th scope="col">Lengths</th>
            <th scope="col">Values</th>
            <th scope="col">Bytes</th>
            <th scope="col">Share</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((entry) => {
            const percent = (100 * entry.totalBytes) / Math.max(1, totalBytes);
            return (
              <tr key={entry.path}>
                <th scope="row">
                  <button
                    type="button"
                    onClick={() => {
                      onSelect(entry.path);
                    }}
                  >
                    {entry.path}
                  </button>
                </th>
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
      {entries.length > shown.length && <p className={s.more}>{`${countText(entries.length - shown.length)} smaller paths`}</p>}
    </div>
  );
}
