import { isBinaryName } from "@rpcdeck/frames";
import { metadataProblems } from "#data/request-headers.ts";
import type { MetadataEntry } from "#data/draft.ts";
import { BinaryValues } from "#ui/binary-values.tsx";
import { IconButton } from "#ui/button.tsx";
import { Input } from "#ui/input.tsx";
import s from "./request.module.css";

const blank: MetadataEntry = { name: "", value: "", enabled: true };

/** Metadata as a table: one row more than there are entries, so that typing adds one. */
export function MetadataTable({
  entries,
  onChange,
}: {
  entries: readonly MetadataEntry[];
  onChange: (entries: readonly MetadataEntry[]) => void;
}) {
  const problems = metadataProblems(entries);
  const rows = [...entries, blank];
  const set = (index: number, change: Partial<MetadataEntry>) => {
    onChange(
      index === entries.length
        ? [...entries, { ...blank, ...change }]
        : entries.map((entry, at) => (at === index ? { ...entry, ...change } : entry)),
    );
  };
  const problemOf = (index: number, part: "name" | "value") =>
    problems.find((problem) => problem.index === index && problem.part === part)?.message;
  return (
    <div className={s.scroll}>
      <div className={s.metadataHead} aria-hidden="true">
        <span />
        <span>Name</span>
        <span>Value</span>
        <span />
      </div>
      <ul aria-label="Metadata">
        {rows.map((entry, index) => {
          const number = index + 1;
          const isNew = index === entries.length;
          return (
            // Rows are told apart by their place only.
            // oxlint-disable-next-line react/no-array-index-key
            <li key={index} className={s.metadataRow} {...(entry.enabled ? {} : { "data-off": "" })}>
              <input
                type="checkbox"
                className={s.check}
                checked={entry.enabled}
                disabled={isNew}
                aria-label={`Send entry ${number}`}
                onChange={(event) => {
                  set(index, { enabled: event.target.checked });
                }}
              />
              <Input
                label={`Name ${number}`}
                size="sm"
                mono
                placeholder={isNew ? "name" : undefined}
                value={entry.name}
                error={problemOf(index, "name")}
                onChange={(name) => {
                  set(index, { name });
                }}
              />
              <Input
                label={`Value ${number}`}
                size="sm"
                mono
                placeholder={entry.name.endsWith("-bin") ? "base64" : isNew ? "value" : "empty"}
                value={entry.value}
                error={problemOf(index, "value")}
                onChange={(value) => {
                  set(index, { value });
                }}
              />
              {isNew ? (
                <span />
              ) : (
                <IconButton
                  label={`Remove entry ${number}`}
                  icon="x"
                  size="sm"
                  onPress={() => {
                    onChange(entries.filter((_, at) => at !== index));
                  }}
                />
              )}
              {isBinaryName(entry.name.trim().toLowerCase()) && entry.value.trim() !== "" && problemOf(index, "value") === undefined && (
                <div className={s.metadataBytes}>
                  <BinaryValues name={`value ${number}`} value={entry.value} />
                </div>
              )}
            </li>
          );
        })}
      </ul>
      <p className={s.hint}>A name that ends in -bin takes base64. The same name may come twice; the call then goes through the tunnel.</p>
    </div>
  );
}
