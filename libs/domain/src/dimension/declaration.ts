import type { FieldName } from "../format/fields.ts"

/** How a dimension is called in sentences of one language. */
interface DimensionWords {
  /** A column, a choice: `IP`. */
  readonly one: string
  /** Several of them within a sentence, and as a heading. */
  readonly more: string
  readonly many: string
  /** What begins a sentence about one key, which follows; about all traffic the whole subject. */
  readonly subject: string
  /** What begins an alert's message, in the same way. */
  readonly alert: string
}

/** Where the key of a dimension that is counted on request stands in a line. */
export interface KeyInLine {
  /** The field of a format that has fields. */
  readonly field: FieldName
  /**
   * Finds the key in a line of Common form that was read: bytes[start, client) is what stands before the client, bytes[behind, time) what
   * stands between the client and the time. Answers its place through `found`, or false.
   */
  readonly common: (
    bytes: Uint8Array,
    found: { from: number; to: number },
    line: { readonly start: number; readonly client: number; readonly behind: number; readonly time: number }
  ) => boolean
  /** Writes the one spelling of the key bytes[from, to) into `into`; answers its length, or 0 where it is none. No key is longer than `mostBytes`. */
  readonly spell: (bytes: Uint8Array, from: number, to: number, into: Uint8Array) => number
  readonly mostBytes: number
}

/**
 * All that the rest of the system has to know of a dimension: declared once and followed everywhere. Plain data, so that what is generated from it
 * (schemas, flags, the page's columns) needs no knowledge of its own.
 */
export interface DimensionDeclaration {
  /** Counted and judged only where it is asked for; the others always are. */
  readonly onRequest: boolean
  /** The type of its alerts. Their field that holds the key is called as the dimension is. */
  readonly alertType: Uppercase<string>
  /** Above this error rate an alert is HIGH. */
  readonly highAbove: number
  /** The threshold until something better is known. */
  readonly firstThreshold: number
  /** The least number of requests for a verdict. */
  readonly leastRequests: number
  readonly words: { readonly en: DimensionWords; readonly fr: DimensionWords }
  /** What `percentile_99` never goes below. */
  readonly percentileFloor: number
}

/** One with keys: all but the one over all traffic. */
export interface KeyDimensionDeclaration extends DimensionDeclaration {
  /** The plural in the names of fields: `ips_analyzed`, `top_error_ips`. */
  readonly plural: string
  /** What the help calls one key: `a client`. */
  readonly keyWords: string
  /** Keys with fewer requests have no rate worth a name to `percentile_99`. */
  readonly leastForRate: number
  /** Undefined for those that each line is read for anyway. */
  readonly key?: KeyInLine
}
