import type { FieldName, Reading } from "./fields.ts"

/*
 * A format as data: it can be written into a file, a bucket or a record, and compiled to a reader wherever it is needed.
 */

/** Common and Combined, with all that is tolerated of them. */
interface CommonSpec {
  readonly kind: "common"
}

/** Fields with fixed text between them: `$client - $_ [$time] "$request" $status $size`. */
export interface TextSpec extends Reading {
  readonly kind: "text"
  /** Fields are `$name` of `fieldNames`, `$_` is one that is passed over; all else stands in the line as it is. */
  readonly pattern: string
  /** The server is known to escape the quotes of a client: a request closes at the first one, and no other place is looked for. */
  readonly escaped?: boolean
}

/** An object a line. A path is the keys on the way to a value. */
export interface JsonSpec extends Reading {
  readonly kind: "json"
  readonly paths: { readonly [name in FieldName]?: ReadonlyArray<string> }
  /** The time is not in the object: it stands in front of it, up to a tab. */
  readonly timeFirst?: boolean
}

/** `key=value key="value"` (logfmt) or `key:value<TAB>key:value` (LTSV). */
export interface LabelledSpec extends Reading {
  readonly kind: "labelled"
  readonly style: "logfmt" | "ltsv"
  readonly keys: { readonly [name in FieldName]?: string }
  /** The time is no pair: it is the line's first word. */
  readonly timeFirst?: boolean
}

/** Columns, which a line such as `#Fields: …` or a first line with their names may name anew. */
export interface ColumnsSpec extends Reading {
  readonly kind: "columns"
  readonly separator: " " | "\t" | "," | ";" | "|"
  readonly columns: ReadonlyArray<FieldName | "_">
}

export type InnerSpec = CommonSpec | TextSpec | JsonSpec | LabelledSpec | ColumnsSpec

/** What a program that carried the line has put around it. */
const wrapperNames = ["ansi", "compose", "kubectl", "cri", "stamp", "syslog", "json"] as const
type WrapperName = (typeof wrapperNames)[number]

export interface FormatSpec {
  /** A name of the table of formats, or what it was recognised from. */
  readonly name: string
  /** From the outermost in. */
  readonly wrappers: ReadonlyArray<Wrapper>
  readonly inner: InnerSpec
}

export type Wrapper =
  | { readonly kind: Exclude<WrapperName, "json"> }
  /** The line is a text in a JSON object. */
  | { readonly kind: "json"; readonly path: ReadonlyArray<string> }

export const commonSpec: FormatSpec = { name: "common", wrappers: [], inner: { kind: "common" } }

/** A format of this name. */
export const formatOf = (name: string, inner: InnerSpec, wrappers: ReadonlyArray<Wrapper> = []): FormatSpec => ({
  name,
  wrappers,
  inner
})
