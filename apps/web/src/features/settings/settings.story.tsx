import { useState } from "react";
import { usePreferences } from "#data/preferences.ts";
import { SettingsDialog } from "./settings-dialog.tsx";
import { ShortcutsDialog } from "./shortcuts-dialog.tsx";

/** The settings, and what they are. */
export function Settings() {
  const [isOpen, setOpen] = useState(true);
  const { theme, singleKeys } = usePreferences();
  return (
    <>
      <SettingsDialog isOpen={isOpen} onClose={() => setOpen(false)} />
      <output>{`${theme}, single keys ${singleKeys ? "on" : "off"}`}</output>
    </>
  );
}

/** All shortcuts. */
export function Shortcuts() {
  const [isOpen, setOpen] = useState(true);
  return <ShortcutsDialog isOpen={isOpen} onClose={() => setOpen(false)} />;
}
