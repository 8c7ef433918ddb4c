import { ToggleButton } from "react-aria-components/ToggleButton";
import { ToggleButtonGroup } from "react-aria-components/ToggleButtonGroup";
import type { WireLeg } from "./types.ts";
import s from "./wire-dock.module.css";

/** Which leg is looked at: one tab stop, arrows choose. */
export function DockLegs({
  legs,
  selected,
  onSelect,
}: {
  legs: readonly WireLeg[];
  selected: WireLeg["id"] | undefined;
  onSelect: (id: WireLeg["id"]) => void;
}) {
  return (
    <ToggleButtonGroup
      aria-label="Leg"
      className={s.legs ?? ""}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={selected === undefined ? [] : [selected]}
      onSelectionChange={(keys) => {
        const chosen = legs.find((leg) => keys.has(leg.id));
        if (chosen) onSelect(chosen.id);
      }}
    >
      {legs.map((leg) => (
        <ToggleButton key={leg.id} id={leg.id} className={s.leg ?? ""}>
          {leg.label} {leg.protocol !== "" && <span className={s.quiet}>({leg.protocol})</span>}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}
