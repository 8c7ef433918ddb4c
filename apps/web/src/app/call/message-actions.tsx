import { decodeDocument, printBytes, printMessage, printText } from "@rpcdeck/schema";
import { parse, toProtoscope } from "@rpcdeck/wire";
import { callCommand, type CallProgram } from "#data/call-command.ts";
import type { Draft } from "#data/draft.ts";
import type { RulesKit } from "#data/rules.ts";
import { IconButton } from "#ui/button.tsx";
import { Menu, type MenuEntry } from "#ui/menu.tsx";
import { FillMenu } from "./fill-menu.tsx";
import type { CallModel } from "./use-call.ts";

interface MessageActionsProps {
  readonly draft: Draft;
  readonly call: CallModel;
  readonly rules: RulesKit | undefined;
  readonly onChange: (change: Partial<Draft>) => void;
}

/** What the menus of the message do: copy it in any notation, fill it with a sample, put back what was there. */
export function MessageActions(props: MessageActionsProps) {
  return (
    <>
      <CopyMenu {...props} />
      <FillMenu {...props} />
    </>
  );
}

function CopyMenu({ draft, call: { input, registry } }: MessageActionsProps) {
  const copy = (text: () => string) => () => void navigator.clipboard.writeText(text());
  const json = () => {
    if (draft.jsonText !== undefined || input === undefined) return draft.jsonText ?? "";
    return printMessage(decodeDocument(input, registry, draft.message).message, registry);
  };
  const needsSchema = input === undefined ? { isDisabled: true, note: "needs the schema" } : {};
  const command = (program: CallProgram): MenuEntry => ({
    id: program,
    label: `${program} command`,
    onAction: copy(() => callCommand(program, draft, { json: json(), origin: location.origin })),
    ...needsSchema,
  });
  return (
    <Menu
      label="Copy the message"
      entries={[
        { id: "json", label: "JSON", onAction: copy(json), ...needsSchema },
        {
          id: "text",
          label: "Text format",
          onAction: copy(() => (input === undefined ? "" : printText(decodeDocument(input, registry, draft.message).message, registry))),
          ...needsSchema,
        },
        { id: "hex", label: "Hex", onAction: copy(() => printBytes(draft.message, "hex") ?? "") },
        { id: "base64", label: "Base64", onAction: copy(() => printBytes(draft.message, "base64") ?? "") },
        {
          id: "protoscope",
          label: "Protoscope",
          onAction: copy(() => toProtoscope(parse(draft.message, input, registry === undefined ? {} : { registry }))),
        },
        command("grpcurl"),
        command("buf curl"),
      ]}
    >
      <IconButton label="Copy the message" icon="copy" size="sm" />
    </Menu>
  );
}
