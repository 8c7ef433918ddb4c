import { useState } from "react";
import { SchemaDialog } from "./schema-dialog.tsx";

/** Asks for the schema of a service whose servers do not tell it. */
export function Dialog() {
  const [isOpen, setOpen] = useState(true);
  return isOpen && <SchemaDialog service="shop.v1.Orders" onClose={() => setOpen(false)} />;
}
