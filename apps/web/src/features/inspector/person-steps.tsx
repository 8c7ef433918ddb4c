import type { InspectPanel } from "./inspect-bytes.tsx";
import s from "./inspect-bytes.module.css";

/** The three steps of the worked example: what each did, and where it is to be seen. */
export function PersonSteps({ panel, onPanel, size }: { panel: InspectPanel; onPanel: (panel: InspectPanel) => void; size: number }) {
  const steps: readonly { readonly call: string; readonly text: string; readonly panel: InspectPanel | undefined; readonly to: string }[] =
    [
      {
        call: "proto.Marshal(person)",
        text: `wrote these ${size} bytes: a tag before each value, and no names.`,
        panel: undefined,
        to: "",
      },
      {
        call: "proto.Unmarshal(data, &got)",
        text: "finds the fields again by their numbers. Choose one to see its bytes.",
        panel: "tree",
        to: "Show the tree",
      },
      { call: "fmt.Println(&got)", text: "prints the message in the text format.", panel: "text", to: "Show the text" },
    ];
  return (
    <ol className={s.steps} aria-label="The Person program">
      {steps.map(({ call, text, panel: target, to }) => (
        <li key={call}>
          <code>{call}</code> <span>{text}</span>{" "}
          {target !== undefined && (
            <button
              type="button"
              aria-pressed={panel === target}
              onClick={() => {
                onPanel(target);
              }}
            >
              {to}
            </button>
          )}
        </li>
      ))}
    </ol>
  );
}
