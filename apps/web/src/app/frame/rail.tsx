import { Link } from "@tanstack/react-router";
import { Icon } from "#ui/icon.tsx";
import { Keys } from "#ui/keys.tsx";
import s from "./rail.module.css";

/** The areas of the page. Only those that exist. */
export function Rail({ onSettings }: { onSettings: () => void }) {
  return (
    <nav className={s.rail} aria-label="Areas" data-pane="rail">
      <Link to="/" className={s.item} activeOptions={{ exact: true, includeSearch: false }} aria-label="Calls">
        <Icon name="calls" />
        <span className={s.label}>
          <span>Calls</span> <Keys keys="G C" className={s.keys} />
        </span>
      </Link>
      <Link to="/registry" className={s.item} activeOptions={{ includeSearch: false }} aria-label="Registry">
        <Icon name="registry" />
        <span className={s.label}>
          <span>Registry</span> <Keys keys="G R" className={s.keys} />
        </span>
      </Link>
      <Link to="/bytes" className={s.item} activeOptions={{ includeSearch: false, includeHash: false }} aria-label="Inspect bytes">
        <Icon name="bytes" />
        <span className={s.label}>
          <span>Inspect bytes</span> <Keys keys="G B" className={s.keys} />
        </span>
      </Link>
      <span className={s.gap} />
      <button type="button" className={s.item} onClick={onSettings} aria-label="Settings" aria-haspopup="dialog">
        <Icon name="settings" />
        <span className={s.label}>
          <span>Settings</span> <Keys keys="Ctrl ," className={s.keys} />
        </span>
      </button>
    </nav>
  );
}
