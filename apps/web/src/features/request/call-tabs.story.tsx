import { useState } from "react";
import { CallTabs, type CallTab } from "./call-tabs.tsx";

const first: readonly CallTab[] = [
  { id: "a", service: "pb.Greeter", method: "SayHello", kind: "unary", live: false, changed: true },
  { id: "b", service: "arith.v1.Arith", method: "Table", kind: "server", live: true, changed: false },
  { id: "c", service: "no.Schema", method: "Yet", kind: undefined, live: false, changed: false },
];

/** Three open calls: one changed, one running, one whose schema is not here. */
export function Tabs() {
  const [tabs, setTabs] = useState(first);
  const [current, setCurrent] = useState<string | undefined>("a");
  return (
    <CallTabs
      tabs={tabs}
      current={current}
      onOpen={setCurrent}
      onClose={(id) => {
        setTabs(tabs.filter((tab) => tab.id !== id));
        if (id === current) setCurrent(tabs.find((tab) => tab.id !== id)?.id);
      }}
      onNew={{ label: "New call of SayHello", action: () => setTabs([...tabs, { ...first[0]!, id: `n${tabs.length}` }]) }}
    />
  );
}
