import { encodeDocument, type MessageValue, sampleMessage } from "@rpcdeck/schema";
import { useState } from "react";
import type { Draft } from "#data/draft.ts";
import type { RulesKit } from "#data/rules.ts";
import { countOf } from "#lib/format.ts";
import { Button, IconButton } from "#ui/button.tsx";
import { Dialog } from "#ui/dialog.tsx";
import { Input } from "#ui/input.tsx";
import { Menu } from "#ui/menu.tsx";
import text from "#ui/text.module.css";
import type { CallModel } from "./use-call.ts";
import s from "./call.module.css";

/** What a sample took the place of. */
interface Filled {
  readonly sample: Uint8Array;
  readonly before: Pick<Draft, "message" | "jsonText">;
}

/** Largest seed: samples take 32 bits. */
const maxSeed = 0xffff_ffff;

/** Fills the message with samples, from a seed that can be typed, and puts back what was there. */
export function FillMenu(props: {
  readonly draft: Draft;
  readonly call: CallModel;
  readonly rules: RulesKit | undefined;
  readonly onChange: (change: Partial<Draft>) => void;
}) {
  const { draft, rules, onChange } = props;
  const { input, registry } = props.call;
  const [seed, setSeed] = useState("1");
  const [filled, setFilled] = useState<Filled>();
  const [isOpen, setOpen] = useState(false);
  const [said, setSaid] = useState("");
  const isFilled = filled?.sample === draft.message;
  const number = seedOf(seed);

  const put = (sample: MessageValue | undefined, from: number) => {
    if (input === undefined || registry === undefined) return;
    setSeed(String(from < maxSeed ? from + 1 : 1));
    if (sample === undefined) {
      setSaid(`No sample from seed ${from} on breaks a rule`);
      return;
    }
    const bytes = encodeDocument(sample);
    // Of samples one after the other the first took the place of what somebody wrote.
    setFilled({ sample: bytes, before: isFilled ? filled.before : { message: draft.message, jsonText: draft.jsonText } });
    onChange({ message: bytes, jsonText: undefined });
    setSaid(`Filled from seed ${from}${verdict(rules?.checkRules(input, registry, bytes))}`);
  };
  const fill = (from: number) => {
    if (input === undefined || registry === undefined) return;
    put(rules?.sampleByRules(input, from, registry) ?? sampleMessage(input, from, registry), from);
  };
  const next = number ?? 1;
  return (
    <>
      <Menu
        label="More for the message"
        entries={[
          {
            id: "fill",
            label: "Fill with sample",
            note: input === undefined ? "needs the schema" : `seed ${next}`,
            isDisabled: input === undefined,
            onAction: () => {
              fill(next);
            },
          },
          {
            id: "seed",
            label: "Fill from a seed…",
            isDisabled: input === undefined,
            onAction: () => {
              setSaid("");
              setOpen(true);
            },
          },
          ...(rules === undefined
            ? []
            : [
                {
                  id: "against",
                  label: "Fill with one that breaks rules",
                  isDisabled: input === undefined,
                  onAction: () => {
                    if (input !== undefined && registry !== undefined) put(rules.sampleAgainstRules(input, next, registry), next);
                  },
                },
              ]),
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
      <span className={text.sr} role="status">
        {isOpen ? "" : said}
      </span>
      <Dialog
        title="Fill from a seed"
        isOpen={isOpen}
        onClose={() => {
          setOpen(false);
        }}
      >
        <form
          className={s.seed}
          onSubmit={(event) => {
            event.preventDefault();
            if (number !== undefined) fill(number);
          }}
        >
          <Input
            label="Seed"
            showLabel
            autoFocus
            inputMode="numeric"
            value={seed}
            onChange={setSeed}
            error={number === undefined ? `A seed is a whole number from 0 to ${maxSeed}` : undefined}
            hint="One seed always gives the same message."
          />
          <p className={text.quiet} role="status">
            {said}
          </p>
          <Button type="submit" variant="primary" isDisabled={number === undefined}>
            Fill
          </Button>
        </form>
      </Dialog>
    </>
  );
}

function seedOf(typed: string): number | undefined {
  const number = /^\d{1,10}$/.test(typed.trim()) ? Number(typed) : Number.NaN;
  return number <= maxSeed ? number : undefined;
}

function verdict(checked: ReturnType<RulesKit["checkRules"]> | undefined): string {
  if (checked === undefined) return "";
  if (checked.kind === "failed") return `; its rules cannot be checked: ${checked.reason}`;
  const [first] = checked.violations;
  if (first === undefined) return "; it keeps all rules";
  return `; ${countOf(checked.violations.length, "rule is", "rules are")} broken: ${first.path} ${first.message}`;
}
