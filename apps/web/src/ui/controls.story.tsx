import { useState } from "react";
import { Button, IconButton } from "./button.tsx";
import { EmptyState } from "./empty-state.tsx";
import { Icon } from "./icon.tsx";
import { Input } from "./input.tsx";
import { Keys } from "./keys.tsx";
import { KindIcon } from "./kind-icon.tsx";
import { Lamp } from "./lamp.tsx";
import { Menu } from "./menu.tsx";
import { Meter } from "./meter.tsx";
import { NoticeBar } from "./notice-bar.tsx";
import { Segmented } from "./segmented.tsx";
import { Select } from "./select.tsx";
import { Spinner } from "./spinner.tsx";
import { Splitter } from "./splitter.tsx";
import { Swatch } from "./swatch.tsx";
import { TabPanel, Tabs } from "./tabs.tsx";
import { Tag } from "./tag.tsx";

/** Inputs, selects, keys and a menu, with their errors. */
export function Fields({ onChange }: { onChange?: (what: string) => void }) {
  const [name, setName] = useState("lijiahao");
  const [phoneType, setPhoneType] = useState<"MOBILE" | "HOME" | "WORK">("HOME");
  const [codec, setCodec] = useState<"proto" | "json" | "msgpack">("proto");
  return (
    <div style={{ display: "grid", gap: 12, padding: 16, inlineSize: 320 }}>
      <Input
        label="Name"
        showLabel
        value={name}
        onChange={(value) => {
          setName(value);
          onChange?.(value);
        }}
        error={name.length < 3 ? `${name.length} characters, rule string.min_len is 3. You can still send it.` : undefined}
      />
      <Input label="E-mail" value="" onChange={() => undefined} placeholder="empty, not sent" icon="filter" size="sm" />
      <Input label="Off" value="lijiahao" onChange={() => undefined} isDisabled />
      <Select
        label="Type"
        options={[
          { id: "MOBILE", label: "MOBILE" },
          { id: "HOME", label: "HOME", note: "2" },
          { id: "WORK", label: "WORK" },
        ]}
        selected={phoneType}
        onSelect={(id) => {
          setPhoneType(id);
          onChange?.(id);
        }}
      />
      <Segmented
        label="Codec"
        segments={[
          { id: "proto", label: "binary" },
          { id: "json", label: "JSON" },
          { id: "msgpack", label: "MessagePack", isDisabled: true },
        ]}
        selected={codec}
        onSelect={(id) => {
          setCodec(id);
          onChange?.(id);
        }}
      />
      <Menu
        label="More"
        entries={[
          { id: "copy", label: "Copy", icon: "copy", keys: "Ctrl C", onAction: () => onChange?.("copy") },
          { id: "drop", label: "Remove", danger: true, onAction: () => onChange?.("drop") },
        ]}
      >
        <IconButton label="More" icon="more" />
      </Menu>
    </div>
  );
}

/** Tabs beside a splitter. */
export function Panes() {
  const [tab, setTab] = useState<"form" | "json">("form");
  const [size, setSize] = useState(240);
  return (
    <div style={{ display: "flex", blockSize: 200 }}>
      <div style={{ display: "flex", inlineSize: size }}>
        <Tabs
          label="Request"
          tabs={[
            { id: "form", label: "Form" },
            { id: "json", label: "JSON", count: 2, problem: "2 problems" },
          ]}
          selected={tab}
          onSelect={setTab}
        >
          <TabPanel id="form">The form</TabPanel>
          <TabPanel id="json">The text</TabPanel>
        </Tabs>
      </div>
      <Splitter label="Request and response" orientation="vertical" size={size} min={120} max={480} initial={240} onResize={setSize} />
      <p>The other pane</p>
    </div>
  );
}

/** Lamps, meters, kinds, swatches, notices and an empty state. */
export function Marks() {
  return (
    <div style={{ display: "grid", gap: 12, background: "var(--bg-panel)" }}>
      <p style={{ display: "flex", gap: 12, alignItems: "center" }}>
        <Lamp state="ok" label="healthy" /> <Lamp state="warn" label="degraded" /> <Lamp state="error" label="failing" />
        <Lamp state="unknown" label="last known" /> <Lamp state="off" label="evicted" /> <Lamp state="live" label="stream open" />
        <Meter label="Lease left" left={26} total={30} text="26 s" />
        <Meter label="Lease left" left={4} total={30} text="4 s" />
        <Meter label="Lease left" left={undefined} total={30} text="42 s old" />
        <KindIcon kind="unary" />
        <KindIcon kind="server" />
        <KindIcon kind="client" />
        <KindIcon kind="bidi" />
        <Icon name="theme" />
        <Tag>gRPC</Tag>
        <Keys keys="Ctrl K" />
        <Spinner />
      </p>
      <p style={{ display: "flex", gap: 8 }}>
        {[1, 2, 3, 4, 5, 6, 7, 8].map((channel) => (
          <Swatch key={channel} channel={channel} />
        ))}
      </p>
      <NoticeBar tone="warn" fact="consul is degraded" reason="Serving last known, 42 s ago." action={<Button size="sm">Retry</Button>} />
      <NoticeBar tone="error" fact="Gateway not reachable" reason="Drafts are kept here." action={<Button size="sm">Retry</Button>} />
      <NoticeBar tone="info" fact="Schema changed" reason="2 fields kept by number, 1 dropped." />
      <EmptyState icon="plug" title="No response yet">
        Send the call to see it here.
        <Keys keys="Ctrl ↵" />
      </EmptyState>
    </div>
  );
}
