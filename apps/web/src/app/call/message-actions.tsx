import { decodeDocument, encodeDocument, printBytes, printMessage, printText, sampleMessage } from "@rpcdeck/schema";
import { parse, toProtoscope } from "@rpcdeck/wire";
import { useState } from "react";
import { callCommand, type CallProgram } from "#data/call-command.ts";
import type { Draft } from "#data/draft.ts";
import type { RulesKit } from "#data/rules.ts";
import { IconButton } from "#ui/button.tsx";
import { Menu, type MenuEntry } from "#ui/menu.tsx";
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

/** What a sample took the place of. */
interface Filled {
  readonly sample: Uint8Array;
  readonly before: Pick<Draft, "message" | "jsonText">;
}

function FillMenu({ draft, call: { input, registry }, rules, onChange }: MessageActionsProps) {
  const [seed, setSeed] = useState(1);
  const [filled, setFilled] = useState<Filled>();
  const isFilled = filled?.sample === draft.message;
  const fill = () => {
    if (input === undefined || registry === undefined) return;
    const sample = encodeDocument(rules?.sampleByRules(input, seed, registry) ?? sampleMessage(input, seed, registry));
    // Of samples one after the other the first took the place of what somebody wrote.
    setFilled({ sample, before: isFilled ? filled.before : { message: draft.message, jsonText: draft.jsonText } });
    setSeed(seed + 1);
    onChange({ message: sample, jsonText: undefined });
  };
  return (
    <Menu
      label="More for the message"
      entries={[
        {
          id: "fill",
          label: "Fill with sample",
          note: input === undefined ? "needs the schema" : `no. ${seed}`,
          isDisabled: input === undefined,
          onAction: fill,
        },
        {
          id: "back",
          label: "Put back what was there",
          isDisabled: !isFilled,
          onAction: () => {
            if (filled !== undefined) onChange(filled.before);
          },
        },
      ]}
    >
      <IconButton label="More for the message" icon="more" size="sm" />
    </Menu>
  );
}
