import { Button, IconButton } from "./button.tsx";

/** Every variant, by itself, disabled and busy. */
export function States({ onPress }: { onPress?: (what: string) => void }) {
  return (
    <div style={{ display: "grid", gap: 12, padding: 16, justifyItems: "start" }}>
      {(["primary", "plain", "ghost", "danger"] as const).map((variant) => (
        <div key={variant} style={{ display: "flex", gap: 12 }}>
          <Button variant={variant} onPress={() => onPress?.(variant)}>
            {`Go ${variant}`}
          </Button>
          <Button variant={variant} isDisabled tip="No healthy instance">
            Not now
          </Button>
          <Button variant={variant} busy>
            Cancel
          </Button>
        </div>
      ))}
      <IconButton label="Copy" icon="copy" keys="Ctrl C" onPress={() => onPress?.("copy")} />
      <IconButton label="Follow" icon="follow" pressed onPress={() => onPress?.("follow")} />
    </div>
  );
}
