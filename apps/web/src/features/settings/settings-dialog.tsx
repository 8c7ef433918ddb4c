import { setPreferences, usePreferences } from "#data/preferences.ts";
import { Dialog } from "#ui/dialog.tsx";
import { Segmented } from "#ui/segmented.tsx";
import s from "./settings-dialog.module.css";

/** How the page looks and which keys it takes. Kept in this browser. */
export function SettingsDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { theme, singleKeys } = usePreferences();
  return (
    <Dialog title="Settings" isOpen={isOpen} onClose={onClose}>
      <div className={s.row}>
        <span>Theme</span>
        <Segmented
          label="Theme"
          segments={[
            { id: "system", label: "System" },
            { id: "light", label: "Light" },
            { id: "dark", label: "Dark" },
          ]}
          selected={theme}
          onSelect={(next) => {
            setPreferences({ theme: next });
          }}
        />
      </div>
      <div className={s.row}>
        <span>
          Single-key shortcuts
          <small className={s.hint}>Keys such as N, / and G C, outside text fields</small>
        </span>
        <Segmented
          label="Single-key shortcuts"
          segments={[
            { id: "on", label: "On" },
            { id: "off", label: "Off" },
          ]}
          selected={singleKeys ? "on" : "off"}
          onSelect={(next) => {
            setPreferences({ singleKeys: next === "on" });
          }}
        />
      </div>
      <p className={s.promise}>
        Nothing leaves this machine: no account, no telemetry. Drafts, targets and settings are kept in this browser.
      </p>
    </Dialog>
  );
}
