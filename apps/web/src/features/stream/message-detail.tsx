import { useMemo, useState } from "react";
import type { LoggedMessage } from "#data/call-state.ts";
import { messageText } from "#data/message-text.ts";
import { bytesText } from "#lib/format.ts";
import { hexOf } from "#lib/hex-of.ts";
import { jsonLines } from "#lib/json-lines.ts";
import { IconButton } from "#ui/button.tsx";
import { HexGrid } from "#ui/hex-grid.tsx";
import { Icon } from "#ui/icon.tsx";
import { JsonTree } from "#ui/json-tree.tsx";
import { TabPanel, Tabs } from "#ui/tabs.tsx";
import type { MessageTypes } from "./message-filter.ts";
import { clockText, gapText } from "./stream-time.ts";
import s from "./stream.module.css";

const tabs = [
  { id: "json", label: "JSON" },
  { id: "bytes", label: "Bytes" },
] as const;

/** One message of a stream: as JSON or as bytes, with its time and size. */
export function MessageDetail(props: {
  message: LoggedMessage;
  before: LoggedMessage | undefined;
  since: number;
  types: MessageTypes;
  selected: string | undefined;
  onSelectPath: (path: string) => void;
  onClose: () => void;
}) {
  const { message, types, before } = props;
  const [view, setView] = useState<"json" | "bytes">("json");
  const [caret, setCaret] = useState<number>();
  const desc = message.direction === "sent" ? types.request : types.response;
  const read = useMemo(() => messageText(message.bytes, types.codec, desc, types.registry), [message, types, desc]);
  const lines = useMemo(() => (read.kind === "json" ? jsonLines(read.text, desc, types.registry).lines : undefined), [read, desc, types]);
  const name = `${message.direction === "sent" ? "Sent" : "Received"} ${message.number}`;
  return (
    <section className={s.detail} aria-label={name} data-pane="message">
      <Tabs
        label={`${name} as`}
        tabs={tabs}
        selected={view}
        onSelect={setView}
        end={
          <>
            <span className={s.title}>
              <Icon name={message.direction === "sent" ? "out" : "in"} size={14} /> {name}
            </span>
            <IconButton
              label="Copy message"
              icon="copy"
              size="sm"
              onPress={() => void navigator.clipboard.writeText(read.kind === "json" && view === "json" ? read.text : hexOf(message.bytes))}
            />
            <IconButton label="Close message" icon="x" size="sm" onPress={props.onClose} />
          </>
        }
      >
        <TabPanel id="json">
          {lines === undefined ? (
            <p className={s.note}>No schema for this message. Its bytes are under Bytes.</p>
          ) : (
            <JsonTree label={`${name} as JSON`} lines={lines} selected={props.selected} onSelect={props.onSelectPath} />
          )}
        </TabPanel>
        <TabPanel id="bytes">
          <HexGrid
            label={`${name} as bytes`}
            bytes={message.bytes}
            selected={undefined}
            caret={caret}
            onCaret={setCaret}
            empty="No bytes: empty message"
          />
        </TabPanel>
      </Tabs>
      <dl className={s.facts}>
        <dt>at</dt>
        <dd>
          {clockText(message.at - props.since)} <span className={s.quiet}>after open</span>
        </dd>
        {before && (
          <>
            <dt>gap</dt>
            <dd>
              {gapText(message.at - before.at)}{" "}
              <span className={s.quiet}>
                since {before.direction} {before.number}
              </span>
            </dd>
          </>
        )}
        <dt>size</dt>
        <dd>
          {bytesText(message.wireSize)}{" "}
          <span className={s.quiet}>
            {message.wireSize === message.bytes.length
              ? "and 5 B prefix, not compressed"
              : `compressed, ${bytesText(message.bytes.length)} plain`}
          </span>
        </dd>
      </dl>
    </section>
  );
}
