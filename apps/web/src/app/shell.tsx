import { Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { Explorer } from "#features/explorer/explorer.tsx";
import { Palette } from "#features/palette/palette.tsx";
import { preferences, setPreferences } from "#data/preferences.ts";
import { Frame, wideEnough } from "./frame/frame.tsx";
import { focusFilter, focusPane } from "./panes.ts";
import { useShortcuts } from "./use-shortcuts.ts";

const RegistrySidebar = lazy(async () => ({ default: (await import("#features/registry/registry-sidebar.tsx")).RegistrySidebar }));
const SettingsDialog = lazy(async () => ({ default: (await import("#features/settings/settings-dialog.tsx")).SettingsDialog }));
const ShortcutsDialog = lazy(async () => ({ default: (await import("#features/settings/shortcuts-dialog.tsx")).ShortcutsDialog }));

type Overlay = "palette" | "settings" | "shortcuts" | "drawer";

/** The frame of the page with its overlays and its global shortcuts. The route decides which sidebar stands beside it. */
export function Shell() {
  const [overlay, setOverlay] = useState<Overlay | undefined>(undefined);
  const navigate = useNavigate();
  const screen = useLocation({ select: (location) => location.pathname });
  const close = () => {
    setOverlay(undefined);
  };
  const toggleSidebar = () => {
    if (matchMedia(wideEnough).matches) setPreferences({ explorerOpen: !preferences().explorerOpen });
    else setOverlay(overlay === "drawer" ? undefined : "drawer");
  };
  useShortcuts({
    "Ctrl K": () => {
      setOverlay("palette");
    },
    "Ctrl B": toggleSidebar,
    "Ctrl ,": () => {
      setOverlay("settings");
    },
    "?": () => {
      setOverlay("shortcuts");
    },
    "/": focusFilter,
    "G C": () => void navigate({ to: "/" }),
    "G R": () => void navigate({ to: "/registry" }),
    "G B": () => void navigate({ to: "/bytes" }),
    F6: () => {
      focusPane(1);
    },
    "Shift F6": () => {
      focusPane(-1);
    },
  });
  const sidebar =
    screen === "/registry"
      ? { label: "Filters", narrow: true, content: <RegistrySidebar /> }
      : screen === "/bytes"
        ? undefined
        : { label: "Explorer", narrow: false, content: <Explorer onOpened={close} /> };
  return (
    <Frame
      sidebar={sidebar && { ...sidebar, content: <Suspense>{sidebar.content}</Suspense> }}
      drawerOpen={overlay === "drawer"}
      onDrawer={(open) => {
        setOverlay(open ? "drawer" : undefined);
      }}
      onPalette={() => {
        setOverlay("palette");
      }}
      onHelp={() => {
        setOverlay("shortcuts");
      }}
      onSettings={() => {
        setOverlay("settings");
      }}
    >
      <Outlet />
      {/* Not loaded on demand: keys typed right after Ctrl K must find it there. */}
      {overlay === "palette" && (
        <Palette
          onClose={close}
          onShow={(what) => {
            setOverlay(what);
          }}
        />
      )}
      <Suspense>
        {overlay === "settings" && <SettingsDialog isOpen onClose={close} />}
        {overlay === "shortcuts" && <ShortcutsDialog isOpen onClose={close} />}
      </Suspense>
    </Frame>
  );
}
