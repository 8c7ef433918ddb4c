import { Dialog } from "#ui/dialog.tsx";
import { Keys } from "#ui/keys.tsx";
import { shortcuts } from "#ui/shortcuts.ts";
import s from "./shortcuts-dialog.module.css";

const groups: Record<keyof typeof shortcuts, string> = {
  everywhere: "Everywhere",
  calls: "Calls",
  bytes: "Bytes",
  lists: "Trees, tabs and lists",
};

/** All shortcuts there are. */
export function ShortcutsDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog title="Shortcuts" isOpen={isOpen} onClose={onClose} wide isText>
      <div className={s.groups}>
        {(Object.keys(groups) as (keyof typeof groups)[]).map((group) => (
          <section key={group}>
            <h3 className={s.title}>{groups[group]}</h3>
            <dl className={s.list}>
              {shortcuts[group].map((shortcut) => (
                <div key={shortcut.keys} className={s.pair}>
                  <dt>
                    <Keys keys={shortcut.keys} />
                  </dt>
                  <dd>{shortcut.action}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
