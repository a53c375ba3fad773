import { type Trust, trustOf } from "../line/trust.ts"
import { AutoReader } from "./auto.ts"
import { readerOf } from "./compile.ts"
import { type ClientChoice, noChoice } from "./finish.ts"
import type { LineReading } from "./line-reading.ts"
import type { FormatSpec } from "./spec.ts"

const isObject = (json: unknown): json is { readonly [key: string]: unknown } =>
  typeof json === "object" && json !== null

/** Whether this is a format that can be compiled. */
export const isFormatSpec = (json: unknown): json is FormatSpec => {
  if (!isObject(json) || typeof json.name !== "string" || !Array.isArray(json.wrappers) || !isObject(json.inner))
    return false
  if (!["common", "text", "json", "labelled", "columns"].includes(json.inner.kind as string)) return false
  try {
    readerOf(json as unknown as FormatSpec, noChoice)
    return true
  } catch {
    return false
  }
}

/** Whether this is a reading, as records carry it. */
export const isLineReading = (json: unknown): json is LineReading =>
  isObject(json) &&
  json.version === 2 &&
  Array.isArray(json.trusted) &&
  json.trusted.every((network) => typeof network === "string") &&
  [undefined, "forwarded", "real_client"].includes(json.client_from as string | undefined) &&
  (json.format === undefined || isFormatSpec(json.format))

const choiceOf = ({ trusted, client_from }: LineReading): ClientChoice => {
  const trust: Trust | undefined = trusted.length === 0 ? undefined : trustOf(trusted)
  return { trust, from: client_from }
}

/** The reader that reads so; undefined for the strict reading of Common and Combined. */
export const readerFor = (reading: LineReading | undefined): AutoReader | undefined =>
  reading === undefined ? undefined : new AutoReader({ format: reading.format, choice: choiceOf(reading) })
