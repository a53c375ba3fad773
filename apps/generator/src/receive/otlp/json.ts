import { receiveLimits } from "../limits.ts"
import type { Body } from "./records.ts"

/* ExportLogsServiceRequest of OTLP 1 in its JSON form, as far as the bodies of its records. */

const listOf = (value: unknown, name: string): ReadonlyArray<unknown> => {
  if (typeof value !== "object" || value === null) throw new Error(`not an object with ${name}`)
  const list = (value as Record<string, unknown>)[name] ?? []
  if (!Array.isArray(list)) throw new Error(`${name} is no list`)
  return list
}

/** The bodies of all records, in order. Throws where the text is no such message. */
export const bodiesOfJson = (text: string): ReadonlyArray<Body> =>
  listOf(JSON.parse(text), "resourceLogs").flatMap((resourceLogs) =>
    listOf(resourceLogs, "scopeLogs").flatMap((scopeLogs) =>
      listOf(scopeLogs, "logRecords").map((record) => bodyOf((record as { readonly body?: unknown } | null)?.body))
    )
  )

const bodyOf = (body: unknown): Body => {
  if (typeof body !== "object" || body === null) return { kind: "none" }
  const { stringValue, bytesValue } = body as { stringValue?: unknown; bytesValue?: unknown }
  if (typeof stringValue === "string") return { kind: "text", text: stringValue }
  if (typeof bytesValue === "string") return { kind: "bytes", bytes: Buffer.from(bytesValue, "base64") }
  const value = plain(body, 0)
  return value === undefined ? { kind: "none" } : { kind: "other", json: JSON.stringify(value) }
}

const plain = (value: unknown, depth: number): unknown => {
  if (depth > receiveLimits.depth) throw new Error(`a body is nested deeper than ${receiveLimits.depth} values`)
  if (typeof value !== "object" || value === null) return undefined
  const any = value as Record<string, unknown>
  const inner = (of: unknown) => plain(of, depth + 1) ?? null
  if (any.arrayValue !== undefined) return listOf(any.arrayValue, "values").map(inner)
  if (any.kvlistValue === undefined) {
    return any.stringValue ?? any.boolValue ?? any.intValue ?? any.doubleValue ?? any.bytesValue
  }
  return Object.fromEntries(
    listOf(any.kvlistValue, "values").map((pair) => {
      const { key, value: own } = pair as { readonly key?: unknown; readonly value?: unknown }
      return [`${key}`, inner(own)]
    })
  )
}
