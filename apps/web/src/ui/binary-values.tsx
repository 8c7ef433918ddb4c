import { parseBinaryMetadata } from "@rpcdeck/frames";
import { useMemo } from "react";
import { bytesText } from "#lib/format.ts";
import { hexOf } from "#lib/hex-of.ts";
import { IconButton } from "./button.tsx";
import { Icon } from "./icon.tsx";
import s from "./binary-values.module.css";

/** Bytes of a value that are shown; the rest is counted. */
const maxShownBytes = 64;

/** What the base64 of a `-bin` entry stands for: length, hex and, where it is one, text of each of its values, or why it is none. */
export function BinaryValues(props: {
  name: string;
  value: string;
  /** Shows the bytes of one value elsewhere; absent, nothing offers it. */
  onInspect?: (bytes: Uint8Array) => void;
}) {
  const { name, value, onInspect } = props;
  const values = useMemo(() => parseBinaryMetadata(value), [value]);
  return (
    <ul className={s.values} aria-label={`Bytes of ${name}`}>
      {values.map((one, index) => (
        // The same value may come twice, and values never move.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={index}>
          {one.kind === "broken" ? (
            <span className={s.broken}>
              <Icon name="alert" size={14} />
              Not base64: {one.reason}
            </span>
          ) : (
            <>
              <span className={s.length}>{bytesText(one.bytes.length)}</span>
              {one.bytes.length > 0 && <Shown bytes={one.bytes} />}
              {one.bytes.length > 0 && onInspect && (
                <IconButton
                  label={values.length === 1 ? `Inspect the bytes of ${name}` : `Inspect the bytes of ${name}, value ${index + 1}`}
                  icon="bytes"
                  size="xs"
                  className={s.inspect}
                  onPress={() => {
                    onInspect(one.bytes);
                  }}
                />
              )}
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

function Shown({ bytes }: { bytes: Uint8Array }) {
  const text = textOf(bytes);
  const rest = bytes.length - maxShownBytes;
  return (
    <span className={s.bytes}>
      <code>{hexOf(bytes.subarray(0, maxShownBytes))}</code>
      {rest > 0 && <span className={s.length}>and {bytesText(rest)} more</span>}
      {text !== undefined && <span className={s.text}>“{text}”</span>}
    </span>
  );
}

/** The bytes as text, where they are printable UTF-8 and few enough to be shown. */
function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.length > maxShownBytes) return undefined;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u.test(text) ? text : undefined;
  } catch {
    return undefined; // bytes that are no text are shown as bytes
  }
}
