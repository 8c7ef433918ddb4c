import { Button as AriaButton, type ButtonProps as AriaButtonProps } from "react-aria-components/Button";
import type { ReactNode, Ref } from "react";
import { cx } from "#lib/cx.ts";
import { Icon, type IconName } from "./icon.tsx";
import { Spinner } from "./spinner.tsx";
import { Tip } from "./tooltip.tsx";
import s from "./button.module.css";

/** What every button takes beside its looks; `onPress` is called for mouse, touch and keyboard alike. */
export type PressProps = Pick<
  AriaButtonProps,
  "onPress" | "isDisabled" | "autoFocus" | "aria-expanded" | "aria-haspopup" | "aria-controls" | "aria-describedby" | "slot" | "type"
>;

export interface ButtonProps extends PressProps {
  children: ReactNode;
  /** One `primary` per pane. */
  variant?: "plain" | "primary" | "ghost" | "danger";
  /** Height: 28, 24 or 20 px. */
  size?: "md" | "sm" | "xs";
  icon?: IconName | undefined;
  /** A spinner takes the icon's place, and a primary button looks plain. It stays pressable: busy buttons say Cancel. */
  busy?: boolean;
  /** Shown after 400 ms and on focus. A disabled button says here why. */
  tip?: string | undefined;
  className?: string | undefined;
  ref?: Ref<HTMLButtonElement>;
}

/** A button with a word. */
export function Button({ children, variant = "plain", size = "md", icon, busy = false, tip, className, ...rest }: ButtonProps) {
  const button = (
    <AriaButton
      type="button"
      {...rest}
      className={cx(
        s.btn,
        variant !== "plain" && !(busy && variant === "primary") && s[variant],
        size !== "md" && s[size],
        busy && s.busy,
        className,
      )}
    >
      {busy ? <Spinner /> : icon && <Icon name={icon} />}
      {children}
    </AriaButton>
  );
  if (tip === undefined) return button;
  // A disabled button takes neither focus nor hover, so the browser's own tooltip says why.
  return rest.isDisabled === true ? <span title={tip}>{button}</span> : <Tip text={tip}>{button}</Tip>;
}

export interface IconButtonProps extends PressProps {
  /** The name, also the tooltip. */
  label: string;
  icon: IconName;
  size?: "md" | "sm" | "xs";
  /** Keys shown in the tooltip, such as "Ctrl K". */
  keys?: string | undefined;
  /** For a button that switches something: whether it is on. */
  pressed?: boolean | undefined;
  className?: string | undefined;
  ref?: Ref<HTMLButtonElement>;
}

/** A button that is only an icon; its name shows as a tooltip. */
export function IconButton({ label, icon, size = "md", keys, pressed, className, ...rest }: IconButtonProps) {
  return (
    <Tip text={label} keys={keys}>
      <AriaButton
        type="button"
        {...rest}
        {...(pressed === undefined ? {} : { "aria-pressed": pressed })}
        aria-label={label}
        className={cx(s.btn, s.icon, size !== "md" && s[size], className)}
      >
        <Icon name={icon} size={size === "xs" ? 14 : 16} />
      </AriaButton>
    </Tip>
  );
}
