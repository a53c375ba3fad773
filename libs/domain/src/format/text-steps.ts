import { BACKSLASH, isControl, QUOTE } from "../line/bytes.ts"
import { type FieldName, FURTHER_DURATIONS_AT, fieldNames, slotOf } from "./fields.ts"
import { Fused, type FusedField } from "./fused.ts"
import type { TextSpec } from "./spec.ts"

/* What a pattern asks for, field by field. */

/** `_` is passed over, and so is `port`, which is digits. */
type PatternField = FieldName | "_" | "port"
type Piece = { readonly literal: string } | { readonly field: PatternField }

const variable = /\$(?:\{(\w+)\}|(\w+))/g

/** A pattern as literals and fields; undefined where it names a field that there is not. */
export const piecesOf = (pattern: string): ReadonlyArray<Piece> | undefined => {
  const pieces: Array<Piece> = []
  let at = 0
  for (const match of pattern.matchAll(variable)) {
    if (match.index > at) pieces.push({ literal: pattern.slice(at, match.index) })
    const name = match[1] ?? match[2]!
    if (name !== "_" && name !== "port" && !fieldNames.includes(name as FieldName)) return undefined
    pieces.push({ field: name as PatternField })
    at = match.index + match[0].length
  }
  if (at < pattern.length) pieces.push({ literal: pattern.slice(at) })
  return pieces
}

export interface Step {
  /** -1 for a field that is passed over. */
  readonly slot: number
  readonly port: boolean
  /** Spaces may stand before it. */
  readonly padded: boolean
  /** The text behind the field; empty at the end of the line. */
  readonly behind: Uint8Array
  readonly first: number
  /** Bytes inside the field that want a look: where it may end, and what may not stand in it. */
  readonly looks: Uint8Array
  /** A quoted field: a backslash takes the meaning off what follows it. */
  readonly quoted: boolean
}

const latin1 = (text: string): Uint8Array => new TextEncoder().encode(text)

const looksFor = (first: number | undefined): Uint8Array => {
  const looks = new Uint8Array(256)
  for (let c = 0; c < 256; c++) looks[c] = c === first || c === BACKSLASH || isControl(c) ? 1 : 0
  return looks
}

export const stepsOf = (
  pieces: ReadonlyArray<Piece>,
  isWanted: (name: FieldName) => boolean,
  isMeasure: (slot: number) => boolean
): { readonly head: Uint8Array; readonly steps: ReadonlyArray<Step>; readonly needed: number } => {
  let head = latin1("")
  const steps: Array<Step> = []
  let needed = 0
  let durations = 0
  for (const [i, piece] of pieces.entries()) {
    if ("literal" in piece) {
      if (i === 0) head = latin1(piece.literal)
      continue
    }
    const next = pieces[i + 1]
    const before = pieces[i - 1]
    const behind = next !== undefined && "literal" in next ? latin1(next.literal) : latin1("")
    const isRead = piece.field !== "_" && piece.field !== "port" && isWanted(piece.field)
    const isFurther = isRead && piece.field === "duration" && durations++ > 0
    steps.push({
      slot: isFurther ? (FURTHER_DURATIONS_AT[durations - 2] ?? -1) : isRead ? slotOf(piece.field) : -1,
      port: piece.field === "port",
      padded: piece.field === "duration",
      behind,
      first: behind.length === 0 ? -1 : behind[0]!,
      looks: looksFor(behind[0]),
      quoted: behind[0] === QUOTE && before !== undefined && "literal" in before && before.literal.endsWith('"')
    })
  }
  // What is only measured may be missing, and no line is rejected for it.
  for (const [s, { slot }] of steps.entries()) if (slot >= 0 && !isMeasure(slot)) needed = s + 1
  // What stands behind the last field that says something is not asked to be well formed: clients choose it.
  while (steps.length > 0 && steps[steps.length - 1]!.slot < 0) steps.pop()
  return { head, steps, needed }
}

/** The reading in one pass, for the fields that every line must have. */
export const fusedOf = (steps: ReadonlyArray<Step>, needed: number, { unit }: TextSpec): Fused | undefined => {
  const fields = steps.slice(0, needed).map(({ slot, port, behind, quoted }): FusedField | undefined => {
    const field = port ? "port" : slot < 0 ? "_" : fieldNames[slot]
    return field === undefined ? undefined : { field, behind, quoted }
  })
  if (!fields.every((field) => field !== undefined)) return undefined
  // The day of a time that stands apart is read by columns only, and what is measured is found in one place.
  const isApart = fields.some(({ field }) => field === "date")
  const isMeasured = needed < steps.length && fields.some(({ field }) => field === "duration")
  return isApart || isMeasured ? undefined : Fused.of(fields, unit)
}
