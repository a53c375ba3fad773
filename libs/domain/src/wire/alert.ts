import { sha256 } from "@noble/hashes/sha2.js"
import {
  type AlertType,
  alertTypes,
  type Dimension,
  declarationOf,
  dimensionOf,
  type KeyDimension,
  keyDimensions
} from "../dimension.ts"
import { type KindsCounted, kindsText } from "../error-kinds.ts"
import { limits } from "../limits.ts"
import type { ErrorKinds, Statuses } from "../statuses.ts"
import { percent, percentInFrench } from "../text/percent.ts"
import { rfc3339, windowName } from "../time.ts"
import { rateOf, type Severity, severityOf, type Threshold } from "./threshold.ts"

export const alertSchema = "chaussettes.alert.v1"

/** Where the lines of an alert stand: sequences of LOGS, or line numbers where a file was read. */
export type AlertLines =
  | { readonly first_seq: number; readonly last_seq: number }
  | { readonly first_line: number; readonly last_line: number }

/** The key that an alert is about, under the name of its dimension. One over all traffic has none. */
type AlertKey = { readonly [dimension in KeyDimension]?: string }

/** One message of the stream ALERTS. The order of the fields is the order on the wire. */
export interface Alert extends AlertKey {
  readonly schema: typeof alertSchema
  readonly id: string
  readonly timestamp: string
  readonly type: AlertType
  readonly severity: Severity
  readonly message: string
  readonly value: number
  readonly threshold: Threshold
  readonly window: { readonly start: string; readonly end: string }
  readonly total_requests: number
  readonly errors: number
  /** Lines with statuses 400 to 499, and 500 to 599, whatever counts as an error. Absent from alerts of before they were told. */
  readonly client_errors?: number
  readonly server_errors?: number
  readonly seuils_revision?: number
  readonly lines: AlertLines
  /**
   * Present where late lines raised it, by a revision of its window: windows that begin before were decided by then. So ALERTS alone says how late
   * an alert came.
   */
  readonly decided_through?: string
}

const encoder = new TextEncoder()
/** A byte order mark stays, so that other bytes are another text. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Bytes as text. Those that are not UTF-8 are written `\xhh`, as web servers write them, so that any bytes have a text and the same one each time. */
export const bytesText = (bytes: Uint8Array): string => {
  try {
    return utf8.decode(bytes)
  } catch {
    return Array.from(bytes, (b) => (b < 0x80 ? String.fromCharCode(b) : `\\x${b.toString(16)}`)).join("")
  }
}

/** A key as text; one beyond the limit is cut. */
export const keyText = (bytes: Uint8Array): string => {
  const text = bytesText(bytes)
  return text.length <= limits.keyTextChars ? text : `${text.slice(0, limits.keyTextChars)}…`
}

/** The first `most` bytes, fewer where they would end inside a character of UTF-8. */
export const cutText = (bytes: Uint8Array, most: number): Uint8Array => {
  if (bytes.length <= most) return bytes
  let end = most
  while (end > most - 4 && (bytes[end]! & 0xc0) === 0x80) end--
  return bytes.subarray(0, end)
}

/** 64 bits of SHA-256 in hex: short, and nobody can write two URLs of which one would hide the other. */
export const keyToken = (key: Uint8Array | string): string => {
  const hash = sha256(typeof key === "string" ? encoder.encode(key) : key)
  let token = ""
  for (let i = 0; i < 8; i++) token += hash[i]!.toString(16).padStart(2, "0")
  return token
}

export const alertId = (dimension: Dimension, startMs: number, windowMs: number, key?: Uint8Array): string =>
  `${dimension}.${windowName(startMs, windowMs)}${key === undefined ? "" : `.${keyToken(key)}`}`

/** `alerts.ip.high` */
export const alertSubject = (alert: Pick<Alert, "type" | "severity">): string =>
  `alerts.${dimensionOf(alert.type)}.${alert.severity.toLowerCase()}`

/** The key's text; undefined for an alert over all traffic. */
export const keyOf = (alert: AlertKey): string | undefined => {
  for (const dimension of keyDimensions) if (alert[dimension] !== undefined) return alert[dimension]
  return undefined
}

const messageOf = (breach: Breach, key: string): string => {
  const { language, wording, dimension, total, errors, kinds, kindsCounted, statuses, threshold } = breach
  const subject = `${declarationOf(dimension).words[language].alert}${key}`
  const rate = percent(errors / total)
  const bound = percent(rateOf(threshold))
  const table = typeof threshold !== "number"
  const told =
    kinds === undefined || kindsCounted === undefined ? "" : kindsText(language, kinds, kindsCounted, statuses ?? [])
  const parts = (colon: string) => (told === "" ? "" : `${colon}${told}`)
  if (language === "en") {
    return `${subject}: ${errors} of ${total} requests failed (${rate}), above the threshold${table ? ` for ${total} requests (rate ${bound})` : ` of ${bound}`}${parts(": ")}`
  }
  if (wording === undefined) {
    return `${subject} : ${errors} requêtes sur ${total} en erreur (${rate}), au-dessus du seuil${table ? ` pour ${total} requêtes (taux ${bound})` : ` de ${bound}`}${parts(" : ")}`
  }
  const [share, limit] = [percentInFrench(errors / total), percentInFrench(rateOf(threshold))]
  return `${subject}\u00a0: ${frenchRequests(errors)} sur ${total} en erreur (${share}), au-dessus du seuil${table ? ` pour ${frenchRequests(total)} (taux ${limit})` : ` de ${limit}`}${parts("\u00a0: ")}`
}

/** Zero is singular, too. */
const frenchRequests = (count: number): string => `${count} ${count < 2 ? "requête" : "requêtes"}`

/** What an alert is made of; nothing else may go into its body, so that it can be derived again byte for byte. */
export interface Breach {
  readonly dimension: Dimension
  /** The bytes of the key; none for `global`. */
  readonly key?: Uint8Array
  readonly startMs: number
  readonly windowMs: number
  readonly total: number
  readonly errors: number
  readonly kinds?: ErrorKinds
  /** Whether all lines of a kind are errors: the message tells only what is a part of the errors. */
  readonly kindsCounted?: KindsCounted
  /** All lines of the window by status; only for all traffic. */
  readonly statuses?: Statuses
  readonly threshold: Threshold
  /** The KV revision of the threshold; none where a file was read. */
  readonly revision: number | undefined
  readonly lines: AlertLines
  /** Only for an alert that a revision raises. */
  readonly decidedThroughMs?: number
  readonly language: "en" | "fr"
  /** The version of the French text; without it the first one, in which alerts of earlier versions are derived again. */
  readonly wording?: 2
}

export const alertOf = (breach: Breach): Alert => {
  const { dimension, key, startMs, windowMs, total, errors, kinds, threshold, revision } = breach
  const text = key === undefined ? "" : keyText(key)
  const rate = errors / total
  const end = rfc3339(startMs + windowMs)
  return {
    schema: alertSchema,
    id: alertId(dimension, startMs, windowMs, key),
    timestamp: end,
    type: alertTypes[dimension],
    severity: severityOf(dimension, rate),
    message: messageOf(breach, text),
    value: Math.round(rate * 10_000) / 10_000,
    threshold,
    window: { start: rfc3339(startMs), end },
    ...(dimension === "global" ? {} : { [dimension]: text }),
    total_requests: total,
    errors,
    ...(kinds === undefined ? {} : { client_errors: kinds.client, server_errors: kinds.server }),
    ...(revision === undefined ? {} : { seuils_revision: revision }),
    lines: breach.lines,
    ...(breach.decidedThroughMs === undefined ? {} : { decided_through: rfc3339(breach.decidedThroughMs) })
  }
}
