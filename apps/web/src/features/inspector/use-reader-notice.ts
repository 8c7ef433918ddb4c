import type { Registry } from "@bufbuild/protobuf";
import type { WireIndex } from "@rpcdeck/wire";
import { useEffect, useMemo, useState } from "react";
import { readerNotice } from "./reader-notice.ts";

/** Larger messages are given to protobuf-es only after a pause: reading them takes longer than a key may. In bytes and milliseconds. */
const maxAtOnceBytes = 8 * 1024;
const pauseMs = 300;

/** What `readerNotice` says of a message; of a larger one once it is the same for a moment. */
export function useReaderNotice(index: WireIndex | undefined, registry: Registry | undefined): string | undefined {
  const isSmall = index === undefined || index.bytes.length <= maxAtOnceBytes;
  const [later, setLater] = useState<{ readonly index: WireIndex; readonly notice: string | undefined }>();
  useEffect(() => {
    if (isSmall) return undefined;
    const timer = setTimeout(() => {
      setLater({ index, notice: readerNotice(index, registry) });
    }, pauseMs);
    return () => {
      clearTimeout(timer);
    };
  }, [index, isSmall, registry]);
  const atOnce = useMemo(() => (index === undefined || !isSmall ? undefined : readerNotice(index, registry)), [index, isSmall, registry]);
  return later !== undefined && later.index === index ? later.notice : atOnce;
}
