import { Link } from "@tanstack/react-router";
import { Source_State } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { Button as AriaButton } from "react-aria-components/Button";
import { useCatalog, useCatalogStatus } from "#data/catalog-feed.ts";
import { setPreferences, usePreferences, type Theme } from "#data/preferences.ts";
import { IconButton } from "#ui/button.tsx";
import { Icon, Logo } from "#ui/icon.tsx";
import { Keys } from "#ui/keys.tsx";
import { Lamp, type LampState } from "#ui/lamp.tsx";
import text from "#ui/text.module.css";
import { cx } from "#lib/cx.ts";
import s from "./top-bar.module.css";

const themeWords: Record<Theme, string> = { system: "follows the system", light: "light", dark: "dark" };
const nextTheme: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

/** Brand, the way to everything (Ctrl K), how the sources are, theme and help. */
export function TopBar(props: { narrow: boolean; onPalette: () => void; onHelp: () => void; onDrawer: (() => void) | undefined }) {
  const { theme } = usePreferences();
  return (
    <header className={s.topbar} data-pane="top">
      {props.onDrawer && (
        <IconButton label="Explorer" icon="sidebar" keys="Ctrl B" className={cx(s.drawerButton, s.big)} onPress={props.onDrawer} />
      )}
      <Link to="/" className={s.brand}>
        <Logo />
        <span className={s.word}>rpcdeck</span>
      </Link>
      <AriaButton className={s.search ?? ""} onPress={props.onPalette}>
        <Icon name="search" />
        <span className={s.searchText}>Find a method, service or instance</span>
        <Keys keys="Ctrl K" className={s.searchKeys} />
      </AriaButton>
      <div className={s.end}>
        <Sources />
        <IconButton
          label={`Theme: ${themeWords[theme]}`}
          icon="theme"
          className={s.big}
          onPress={() => {
            setPreferences({ theme: nextTheme[theme] });
          }}
        />
        <IconButton label="Help and shortcuts" icon="help" keys="?" className={s.big} onPress={props.onHelp} />
      </div>
    </header>
  );
}

/** How each source is: one lamp and one word; on narrow screens one sentence. */
function Sources() {
  const sources = useCatalog()?.sources ?? [];
  // Without the gateway nobody knows: what is shown is the last that was told.
  const isKnown = useCatalogStatus().kind === "live";
  if (sources.length === 0) return null;
  const well = sources.filter((source) => source.state === Source_State.OK).length;
  return (
    <>
      <Link to="/registry" className={s.brief}>
        <Lamp state={!isKnown ? "unknown" : well === sources.length ? "ok" : "warn"} />
        <span>
          {isKnown && `${well} of ${sources.length} `}
          <span className={s.briefWord}>sources </span>
          {isKnown ? "ok" : "last known"}
        </span>
      </Link>
      <div className={s.sources} role="group" aria-label="Registry sources">
        {sources.map((source) => {
          const look = isKnown ? lookOf(source.state) : { lamp: "unknown" as const, word: "last known" };
          return (
            <Link key={source.name} to="/registry" className={s.source} {...(source.problem === "" ? {} : { title: source.problem })}>
              <Lamp state={look.lamp} />
              {source.name}{" "}
              <span className={look.lamp === "ok" ? cx(text.quiet, s.okWord) : look.lamp === "warn" ? text.warn : text.quiet}>
                {look.word}
              </span>
            </Link>
          );
        })}
      </div>
    </>
  );
}

function lookOf(state: Source_State): { lamp: LampState; word: string } {
  switch (state) {
    case Source_State.OK:
      return { lamp: "ok", word: "ok" };
    case Source_State.STALE:
      return { lamp: "warn", word: "stale" };
    case Source_State.CONNECTING:
      return { lamp: "unknown", word: "connecting" };
    default:
      return { lamp: "unknown", word: "not known" };
  }
}
