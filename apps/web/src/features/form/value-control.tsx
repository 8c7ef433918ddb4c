import { ScalarType } from "@bufbuild/protobuf";
import {
  controlOf,
  defaultOf,
  type DurationParts,
  emptyMessage,
  type Field,
  halfSurrogateAt,
  isMessageValue,
  type Item,
  itemAt,
  itemTypeOf,
  type MessageValue,
  parsed,
  parseDurationText,
  parseFloating,
  parseInteger,
  parseJsonItem,
  printDuration,
  printMessage,
  printNumber,
  refused,
  sameScalar,
  withItem,
  withoutField,
  zeroOf,
} from "@rpcdeck/schema";
import { MaskControl } from "./mask-control.tsx";
import { Presence } from "./presence.tsx";
import { Segmented } from "#ui/segmented.tsx";
import { BytesControl } from "./bytes-control.tsx";
import { EnumControl } from "./enum-control.tsx";
import { useForm } from "./form-context.ts";
import { TextSlot } from "./text-slot.tsx";
import { TimestampControl } from "./timestamp-control.tsx";
import { numberOf, type ValueControlProps, withScalars } from "./value-props.ts";

/** The control that fits a type: everything but plain messages and Any, which take rows of their own. */
export function ValueControl(props: ValueControlProps) {
  const { type } = props;
  switch (controlOf(type)) {
    case "text":
      return (
        <TextSlot
          {...props}
          printed={typeof props.item === "string" ? props.item : ""}
          parse={parseText}
          onValue={props.onItem}
          multiline
        />
      );
    case "integer":
    case "floating":
      return <NumberControl {...props} />;
    case "bool":
      return <BoolControl {...props} />;
    case "enum":
      return type.kind === "enum" ? <EnumControl {...props} desc={type.enum} /> : null;
    case "bytes":
      return <BytesControl {...props} />;
    case "timestamp":
      return type.kind === "message" ? <TimestampControl {...props} desc={type.message} /> : null;
    case "duration":
      return <DurationControl {...props} />;
    case "field-mask":
      return <MaskControl {...props} />;
    case "json":
      return <JsonControl {...props} />;
    case "wrapper":
      return <WrapperControl {...props} />;
    case "empty":
      return <Presence {...props} />;
    case "message":
    case "any":
      return null;
  }
}

function parseText(text: string) {
  const half = halfSurrogateAt(text);
  return half < 0 ? parsed(text) : refused("half of a surrogate pair, which UTF-8 cannot hold", half);
}

function NumberControl(props: ValueControlProps) {
  const scalar = props.type.kind === "scalar" ? props.type.scalar : ScalarType.INT32;
  const { item } = props;
  const isFloating = scalar === ScalarType.DOUBLE || scalar === ScalarType.FLOAT;
  return (
    <TextSlot<number | bigint>
      {...props}
      printed={typeof item === "number" || typeof item === "bigint" ? printNumber(item, scalar) : ""}
      parse={(text) => (isFloating ? parseFloating(text, scalar) : parseInteger(text, scalar))}
      onValue={props.onItem}
      onEmpty={props.onUnset}
      numeric={!isFloating}
    />
  );
}

function BoolControl(props: ValueControlProps) {
  const truths = [
    { id: "false", label: "false" },
    { id: "true", label: "true" },
  ] as const;
  const unset = [{ id: "unset", label: "unset" }] as const;
  const isAbsent = props.item === undefined;
  return (
    <Segmented<"unset" | "false" | "true">
      label={props.label}
      size="sm"
      segments={props.onUnset === undefined || props.isExplicit !== true ? truths : [...unset, ...truths]}
      selected={isAbsent ? (props.isExplicit === true ? "unset" : "false") : props.item === true ? "true" : "false"}
      onSelect={(id) => {
        if (id === "unset") props.onUnset?.();
        else props.onItem(id === "true");
      }}
    />
  );
}

function messageItem(props: ValueControlProps): MessageValue | undefined {
  return isMessageValue(props.item) ? props.item : undefined;
}

function DurationControl(props: ValueControlProps) {
  if (props.type.kind !== "message") return null;
  const message = messageItem(props) ?? emptyMessage(props.type.message);
  const [seconds, nanos] = [BigInt(numberOf(itemAt(message, 1))), Number(numberOf(itemAt(message, 2)))];
  return (
    <TextSlot<DurationParts>
      {...props}
      printed={props.item === undefined ? "" : (printDuration({ seconds, nanos }) ?? `${seconds} s, ${nanos} ns`)}
      parse={parseDurationText}
      onValue={(parts) => {
        props.onItem(withScalars(message, [parts.seconds, parts.nanos]));
      }}
      onEmpty={props.onUnset}
      placeholder={props.onUnset === undefined ? "such as 1.5s or 2m 30s" : "unset, such as 1.5s or 2m 30s"}
    />
  );
}

function JsonControl(props: ValueControlProps) {
  const { store } = useForm();
  const message = messageItem(props);
  return (
    <TextSlot<Item>
      {...props}
      printed={message === undefined ? "" : printMessage(message, store.registry)}
      parse={(text) => parseJsonItem(props.type, store.registry, text)}
      onValue={props.onItem}
      onEmpty={props.onUnset}
      placeholder={props.onUnset === undefined ? "JSON" : "unset, takes JSON"}
      mono
      lines
    />
  );
}

function WrapperControl(props: ValueControlProps) {
  const field: Field | undefined = props.type.kind === "message" ? props.type.message.fields[0] : undefined;
  if (field === undefined || props.type.kind !== "message") return null;
  const message = messageItem(props) ?? emptyMessage(props.type.message);
  const inner = itemTypeOf(field);
  const isAbsent = props.item === undefined;
  return (
    <>
      {props.onUnset !== undefined && <Presence {...props} />}
      {(!isAbsent || props.onUnset === undefined) && (
        <ValueControl
          {...props}
          type={inner}
          item={itemAt(message, 1) ?? defaultOf(field)}
          onItem={(item) => {
            const was = itemAt(message, 1);
            if (was !== undefined && !isMessageValue(was) && !isMessageValue(item) && sameScalar(was, item)) return;
            const isZero = inner.kind !== "message" && !isMessageValue(item) && sameScalar(item, zeroOf(inner));
            props.onItem(isZero ? withoutField(message, field) : withItem(message, field, item));
          }}
          onUnset={undefined}
          isExplicit={false}
          placeholder={undefined}
        />
      )}
    </>
  );
}
