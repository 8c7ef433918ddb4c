import { useState } from "react";
import type { Draft } from "#data/draft.ts";
import { anyInstance, RequestLine, type MainAction } from "./request-line.tsx";

const draft: Draft = {
  id: "d",
  service: "pb.Greeter",
  method: "SayHello",
  target: undefined,
  schemaId: undefined,
  protocol: "connect",
  codec: "proto",
  message: new Uint8Array(),
  jsonText: undefined,
  lastGood: undefined,
  metadata: [],
  deadlineMs: undefined,
  deadlineChosen: false,
  encoding: "",
  select: undefined,
  fail: undefined,
  hedgeMs: undefined,
  useGet: false,
};

/** The line of a call, in what it can do now. */
export function Line({
  action = { kind: "send", problem: undefined, isStopped: false },
  isUnverified = false,
  onDid,
}: {
  action?: MainAction;
  isUnverified?: boolean;
  onDid?: (what: string) => void;
}) {
  const [current, setCurrent] = useState(draft);
  return (
    <RequestLine
      draft={current}
      deadlineMs={15_000}
      kind="unary"
      comment={"Says hello.\nTo anybody."}
      instances={[
        { id: anyInstance, label: "any healthy (2)" },
        { id: "embedded/greeter-1", label: "greeter-1" },
      ]}
      isUnverified={isUnverified}
      onChange={(change) => {
        setCurrent({ ...current, ...change });
        onDid?.(JSON.stringify(change));
      }}
      onTarget={(target) => onDid?.(`target ${target}`)}
      action={action}
      onSend={() => onDid?.("send")}
      onOpen={undefined}
      onCancel={() => onDid?.("cancel")}
      locked={undefined}
      status={undefined}
    />
  );
}
