import { lazy, Suspense, type ReactNode } from "react";
import { cx } from "#lib/cx.ts";
import { useMedia } from "#lib/use-media.ts";
import { usePreferences } from "#data/preferences.ts";
import { GatewayNotice } from "./gateway-notice.tsx";
import { Rail } from "./rail.tsx";
import { ReloadNotice } from "./reload-notice.tsx";
import { StatusBar } from "./status-bar.tsx";
import { TopBar } from "./top-bar.tsx";
import s from "./frame.module.css";

/** Comes with the first narrow window: a wide one needs nothing of it. */
const Drawer = lazy(async () => ({ default: (await import("./drawer.tsx")).Drawer }));

/** From here on the sidebar stands beside the panes; below it is a drawer. */
export const wideEnough = "(min-width: 1280px)";

/** The frame around every screen: top bar, rail, sidebar, status bar. */
export function Frame(props: {
  /** Undefined for a screen that has none. */
  sidebar: { readonly label: string; readonly narrow: boolean; readonly content: ReactNode } | undefined;
  drawerOpen: boolean;
  onDrawer: (open: boolean) => void;
  onPalette: () => void;
  onHelp: () => void;
  onSettings: () => void;
  children: ReactNode;
}) {
  const { sidebar } = props;
  const wide = useMedia(wideEnough);
  const { explorerOpen } = usePreferences();
  return (
    <div className={s.frame}>
      <a className={s.skip} href="#main">
        Skip to the main pane
      </a>
      <TopBar
        narrow={sidebar?.narrow === true}
        onPalette={props.onPalette}
        onHelp={props.onHelp}
        onDrawer={wide || sidebar === undefined ? undefined : () => props.onDrawer(true)}
      />
      <Rail onSettings={props.onSettings} />
      {sidebar && wide && explorerOpen && (
        <aside className={cx(s.side, sidebar.narrow && s.narrow)} aria-label={sidebar.label} data-pane="sidebar">
          {sidebar.content}
        </aside>
      )}
      {sidebar && !wide && (
        <Suspense>
          <Drawer label={sidebar.label} isOpen={props.drawerOpen} onOpenChange={props.onDrawer}>
            {sidebar.content}
          </Drawer>
        </Suspense>
      )}
      <main className={s.main} id="main" tabIndex={-1}>
        <GatewayNotice />
        <ReloadNotice />
        <div className={s.screen}>{props.children}</div>
      </main>
      <StatusBar />
    </div>
  );
}
