import { AnyBody } from "./any-body.tsx";
import type { MessageRowsProps } from "./form-context.ts";
import { MessageRows } from "./message-rows.tsx";

/** What stands below the line of a message: its fields, or type and content of an Any. */
export function MessageBody(props: MessageRowsProps) {
  return props.message.desc.typeName === "google.protobuf.Any" ? <AnyBody {...props} /> : <MessageRows {...props} />;
}
