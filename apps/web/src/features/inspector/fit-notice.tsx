import { useMemo } from "react";
import { Button } from "#ui/button.tsx";
import { NoticeBar } from "#ui/notice-bar.tsx";
import { fitOf } from "./fit-of.ts";
import type { Inspected } from "./use-inspected.ts";

/** Says once, over the bytes, that they are no message, or none of the type they are read as. Draws nothing where they fit. */
export function FitNotice({ inspected, onReadRaw }: { inspected: Inspected; onReadRaw: () => void }) {
  const { index, check, base } = inspected.kind === "bytes" ? inspected : nothing;
  const fit = useMemo(() => (index === undefined || check === undefined ? undefined : fitOf(index, check, base)), [index, check, base]);
  switch (fit?.kind) {
    case "broken":
      return <NoticeBar tone="info" fact="Not all of it is a protobuf message" reason={fit.reason} />;
    case "other-type":
      return (
        <NoticeBar
          tone="warn"
          fact={fit.fact}
          reason={fit.reason}
          action={
            <Button size="sm" onPress={onReadRaw}>
              Read without a type
            </Button>
          }
        />
      );
    default:
      return null;
  }
}

const nothing = { index: undefined, check: undefined, base: 0 };
