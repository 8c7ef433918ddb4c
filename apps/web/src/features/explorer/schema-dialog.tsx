import { Dialog } from "#ui/dialog.tsx";
import { DottedName } from "#ui/dotted-name.tsx";
import { SchemaDrop } from "./schema-drop.tsx";
import s from "./add-target-dialog.module.css";

/** Takes a schema for a service whose server does not tell its own. */
export function SchemaDialog({ service, onClose }: { service: string; onClose: () => void }) {
  return (
    <Dialog title="Add a schema" isOpen onClose={onClose}>
      <p className={s.lead}>
        No server of <DottedName name={service} /> tells its schema. Files given here are kept in this browser and used for this service.
      </p>
      <SchemaDrop services={[service]} onDone={onClose} />
    </Dialog>
  );
}
