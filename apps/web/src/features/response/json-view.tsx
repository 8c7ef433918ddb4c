import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { useMemo, useState } from "react";
import { messageText } from "#data/message-text.ts";
import { hiddenText } from "#data/hidden-text.ts";
import { jsonLines } from "#lib/json-lines.ts";
import { Button } from "#ui/button.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { JsonTree } from "#ui/json-tree.tsx";
import { NoticeBar } from "#ui/notice-bar.tsx";
import { FindBar } from "./find-bar.tsx";
import s from "./response.module.css";

/** The answer as JSON, with types, folds, search and the field that is selected. */
export function JsonView(props: {
  bytes: Uint8Array;
  codec: "proto" | "json";
  desc: DescMessage | undefined;
  registry: Registry | undefined;
  selected: string | undefined;
  echo: string | undefined;
  onSelect: (path: string) => void;
  isFinding: boolean;
  onFindClose: () => void;
  /** Shows the bytes, for what JSON does not show. */
  onShowBytes?: (() => void) | undefined;
}) {
  const { bytes, codec, desc, registry } = props;
  const read = useMemo(() => messageText(bytes, codec, desc, registry), [bytes, codec, desc, registry]);
  const json = useMemo(() => (read.kind === "json" ? jsonLines(read.text, desc, registry) : undefined), [read, desc, registry]);
  const hidden = useMemo(
    () => (codec === "json" || desc === undefined ? undefined : hiddenText(desc, registry, bytes)),
    [bytes, codec, desc, registry],
  );
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const wanted = props.isFinding ? query.toLowerCase() : "";
  const matches = useMemo(() => {
    const found: number[] = [];
    if (wanted === "" || json === undefined) return found;
    json.lines.forEach((line, index) => {
      if (line.tokens.some((token) => token.kind !== "chip" && token.text.toLowerCase().includes(wanted))) found.push(index);
    });
    return found;
  }, [json, wanted]);
  const matchSet = useMemo(() => new Set(matches), [matches]);

  if (read.kind === "no-schema" || json === undefined) {
    return (
      <EmptyState icon="schemas" title="No schema for this answer">
        <p>Its bytes are under Bytes and in the wire inspector.</p>
      </EmptyState>
    );
  }
  const problems = [...json.problems, ...read.problems];
  const shown = matches.length === 0 ? 0 : Math.min(at, matches.length - 1);
  return (
    <div className={s.body}>
      {props.isFinding && (
        <FindBar
          query={query}
          onQuery={(next) => {
            setQuery(next);
            setAt(0);
          }}
          count={matches.length}
          at={shown}
          onStep={(step) => {
            setAt((shown + step + matches.length) % Math.max(1, matches.length));
          }}
          onClose={props.onFindClose}
        />
      )}
      {problems.length > 0 && (
        <NoticeBar
          tone="warn"
          fact={codec === "json" ? "The answer is not the JSON of its type" : "The bytes are not all as the schema says"}
          reason={problems[0]}
        />
      )}
      {hidden !== undefined && (
        <NoticeBar
          tone="info"
          fact="Not all is in the JSON"
          reason={`${hidden}.`}
          action={
            props.onShowBytes && (
              <Button size="sm" onPress={props.onShowBytes}>
                Show bytes
              </Button>
            )
          }
        />
      )}
      {bytes.length === 0 && <p className={s.empty}>Empty message, 0 B</p>}
      <JsonTree
        label="Response as JSON"
        lines={json.lines}
        selected={props.selected}
        echo={props.echo}
        onSelect={props.onSelect}
        reveal={matches[shown]}
        matches={matchSet}
      />
    </div>
  );
}
