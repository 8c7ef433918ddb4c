import { Icon } from "#ui/icon.tsx";
import { examples, inputOfExample } from "./examples.ts";
import type { InspectInput } from "./inspect-input.ts";
import s from "./inspect-bytes.module.css";

const facts: readonly (readonly [title: string, text: string])[] = [
  [
    "Anything goes",
    "Hex with or without 0x, dumps of xxd and hexdump, base64, C and octal escapes, Protoscope, Connect GET URLs, or a file up to 2 GiB.",
  ],
  [
    "Frames are shown, not stripped",
    "Envelopes of gRPC, gRPC-Web and Connect, and varint-delimited streams, are recognised. “Not framed” is one choice away.",
  ],
  [
    "A message type is optional",
    "Without one each value is told in every reading that makes sense. With one, names, types and what does not fit.",
  ],
  ["It stays here", "Bytes are read in this page. They leave it only in a link that you copy."],
];

/** What stands where nothing was given yet: what can be given, and examples to begin with. */
export function NoInput({ onOpen }: { onOpen: (input: InspectInput) => void }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
    <div className={s.none} role="region" aria-label="What can be inspected" tabIndex={0}>
      <section aria-label="Examples">
        <h2>Begin with an example</h2>
        <ul className={s.examples}>
          {examples.map((example) => (
            <li key={example.id}>
              <button
                type="button"
                className={s.example}
                onClick={() => {
                  onOpen(inputOfExample(example));
                }}
              >
                <b>
                  {example.title} <Icon name="chevron-right" size={14} />
                </b>
                <span>{example.lesson}</span>
                <code>{example.text.split("\n")[0]}</code>
              </button>
            </li>
          ))}
        </ul>
      </section>
      <section aria-label="Good to know">
        <h2>Good to know</h2>
        <dl className={s.facts}>
          {facts.map(([title, text]) => (
            <div key={title}>
              <dt>{title}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      </section>
    </div>
  );
}
