import { IconButton } from "#ui/button.tsx";
import { Segmented } from "#ui/segmented.tsx";
import s from "./wire-dock.module.css";

/** Goes through the frames of a body. Draws nothing where there is one. */
export function FrameSteps({ count, at, onGo }: { count: number; at: number; onGo: (at: number) => void }) {
  if (count < 2) return null;
  const here = Math.min(at, count - 1);
  return (
    <span className={s.frames}>
      <IconButton
        label="Previous frame"
        icon="chevron-up"
        size="sm"
        isDisabled={here <= 0}
        onPress={() => {
          onGo(here - 1);
        }}
      />
      <IconButton
        label="Next frame"
        icon="chevron-down"
        size="sm"
        isDisabled={here >= count - 1}
        onPress={() => {
          onGo(here + 1);
        }}
      />
    </span>
  );
}

/** A compressed message as what is in it, or as it was sent. */
export function CompressionSwitch({
  showsCompressed,
  onChange,
}: {
  showsCompressed: boolean;
  onChange: (showsCompressed: boolean) => void;
}) {
  return (
    <Segmented
      label="Compression"
      size="sm"
      segments={[
        { id: "message", label: "Message" },
        { id: "compressed", label: "As sent" },
      ]}
      selected={showsCompressed ? "compressed" : "message"}
      onSelect={(id) => {
        onChange(id === "compressed");
      }}
    />
  );
}
