import type { DescMethod, FileRegistry } from "@bufbuild/protobuf";
import type { Header, MethodKind } from "@rpcdeck/frames";
import type { Instance } from "../catalog/instance.ts";

/** What the relay needs of the schema store. `schema-store.ts` implements it. */
export interface SchemaView {
  /** What is known now, without any I/O. */
  methodNow(path: string, instance: Instance, uploadedId: string | undefined): MethodSchema | undefined;
  /**
   * The method, after reflection if need be; a problem in one line when it cannot be known. `metadata` goes along with a reflection, so that
   * the call's own credentials open it.
   */
  method(
    path: string,
    instance: Instance,
    uploadedId: string | undefined,
    metadata?: readonly Header[],
  ): Promise<MethodSchema | MethodProblem>;
  /** Whether an uploaded schema is still kept; when not, the call is refused with `schema_unknown` before anything is dialled. */
  isKept(schemaId: string): boolean;
}

/** Why a method cannot be known, in one line. */
export interface MethodProblem {
  readonly problem: string;
  /** The fault that a call would end with too, where the instance may not or cannot be reached. */
  readonly fault?: "target_unreachable" | "target_forbidden" | undefined;
}

/** A method, with a registry that holds every message its closure knows (for Any and extensions). */
export interface MethodSchema {
  readonly kind: MethodKind;
  readonly method: DescMethod;
  readonly registry: FileRegistry;
}
