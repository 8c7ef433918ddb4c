import type { MessageValue, Step } from "@rpcdeck/schema";
import { type ComponentType, createContext, useContext, useSyncExternalStore } from "react";
import type { RulesKit } from "#data/rules.ts";
import type { FormStore } from "./form-store.ts";

/** How a leaf path is marked in all views; 1 to 8. */
export type ChannelOf = (path: string) => number | undefined;

/** What the rows of a message take. */
export interface MessageRowsProps {
  readonly message: MessageValue;
  /** The way from the document to this message. */
  readonly steps: readonly Step[];
  readonly path: string;
  /** Pixels from the left edge. */
  readonly indent: number;
}

/** What every row of a form needs. */
export interface FormContextValue {
  readonly store: FormStore;
  readonly channelOf: ChannelOf;
  /** The words of the schema's rules; undefined where it has none. */
  readonly rules: RulesKit | undefined;
  /** Draws what is in a message: handed down, because rows are made of rows. */
  readonly Body: ComponentType<MessageRowsProps>;
  /** What scrolls, for long lists that draw only what is seen. */
  readonly scroller: HTMLElement | null;
}

export const FormContext = createContext<FormContextValue | undefined>(undefined);

/** The form around; throws outside of one. */
export function useForm(): FormContextValue {
  const value = useContext(FormContext);
  if (value === undefined) throw new Error("a form row stands outside of a form");
  return value;
}

/** A part of the form's state; renders again only when the part is another. `select` must give the same thing while nothing changed. */
export function useFormPart<Part>(select: (store: FormStore) => Part): Part {
  const { store } = useForm();
  return useSyncExternalStore(store.subscribe, () => select(store));
}
