import type { LoggedMessage } from "#data/call-state.ts";
import { bytesText } from "#lib/format.ts";
import { leafText, topLevel, type MessageTypes } from "./message-filter.ts";
import s from "./stream.module.css";

/** Larger messages are not read for a line of preview. */
const maxPreviewBytes = 64 * 1024;
/** Fields of a preview, and characters of each value. */
const maxFields = 8;
const maxValueLength = 120;

interface Part {
  readonly key: string;
  readonly text: string;
  readonly ink: "string" | "number" | "quiet";
}

const known = new WeakMap<LoggedMessage, readonly Part[]>();

/** The first fields of a message on one line. */
export function Preview({ message, types }: { message: LoggedMessage; types: MessageTypes }) {
  if (message.bytes.length === 0) return <span className={s.quiet}>empty message</span>;
  if (message.bytes.length > maxPreviewBytes) return <span className={s.quiet}>{bytesText(message.bytes.length)}, open it to read it</span>;
  let parts = known.get(message);
  if (parts === undefined || parts.length === 0) {
    parts = partsOf(message, types);
    known.set(message, parts);
  }
  if (parts.length === 0) return <span className={s.quiet}>{bytesText(message.bytes.length)} without a schema</span>;
  return parts.map(({ key, text, ink }) => (
    <span key={key} className={s.part}>
      <span className={s.quiet}>{key}</span> <span className={s[ink]}>{text}</span>
    </span>
  ));
}

function partsOf(message: LoggedMessage, types: MessageTypes): readonly Part[] {
  return topLevel(message, types)
    .slice(0, maxFields)
    .map(({ key, node }): Part => {
      const leaf = leafText(node);
      if (leaf === undefined) {
        const count = node.kind === "array" ? node.items.length : node.kind === "object" ? node.members.length : 0;
        return { key, text: node.kind === "array" ? `[${count}]` : `{${count}}`, ink: "quiet" };
      }
      const short = leaf.length > maxValueLength ? `${leaf.slice(0, maxValueLength)}…` : leaf;
      return node.kind === "string" ? { key, text: JSON.stringify(short), ink: "string" } : { key, text: short, ink: "number" };
    });
}
