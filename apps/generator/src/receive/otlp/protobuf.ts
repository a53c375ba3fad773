import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire"
import { receiveLimits } from "../limits.ts"
import type { Body } from "./records.ts"

/*
 * ExportLogsServiceRequest of OTLP 1 (opentelemetry/proto/collector/logs/v1), as far as the bodies of its records. Field numbers:
 * request 1 resource_logs, resource_logs 2 scope_logs, scope_logs 2 log_records, log_record 5 body; AnyValue 1 string, 2 bool, 3 int,
 * 4 double, 5 array (1 values), 6 kvlist (1 values: 1 key, 2 value), 7 bytes. What else stands there is passed over.
 */

/** Calls `take` for each length-delimited field `number` of a message. */
const each = (bytes: Uint8Array, number: number, take: (inner: Uint8Array) => void): void => {
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag()
    if (field === number && type === WireType.LengthDelimited) take(reader.bytes())
    else reader.skip(type, field)
  }
}

/** The bodies of all records, in order. Throws where the bytes are no such message. */
export const bodiesOfProtobuf = (bytes: Uint8Array): ReadonlyArray<Body> => {
  const bodies: Array<Body> = []
  each(bytes, 1, (resourceLogs) =>
    each(resourceLogs, 2, (scopeLogs) =>
      each(scopeLogs, 2, (record) => {
        let body: Body = { kind: "none" }
        each(record, 5, (value) => {
          body = bodyOf(value)
        })
        bodies.push(body)
      })
    )
  )
  return bodies
}

const bodyOf = (value: Uint8Array): Body => {
  const any = anyValue(value, 0)
  if (any === undefined) return { kind: "none" }
  if (typeof any === "string") return { kind: "text", text: any }
  return any instanceof Uint8Array ? { kind: "bytes", bytes: any } : { kind: "other", json: JSON.stringify(any) }
}

const anyValue = (bytes: Uint8Array, depth: number): unknown => {
  if (depth > receiveLimits.depth) throw new Error(`a body is nested deeper than ${receiveLimits.depth} values`)
  const reader = new BinaryReader(bytes)
  let value: unknown
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag()
    switch (field) {
      case 1:
        value = reader.string()
        break
      case 2:
        value = reader.bool()
        break
      case 3:
        value = `${reader.int64()}`
        break
      case 4:
        value = reader.double()
        break
      case 5:
        value = arrayOf(reader.bytes(), depth)
        break
      case 6:
        value = objectOf(reader.bytes(), depth)
        break
      case 7:
        value = reader.bytes()
        break
      default:
        reader.skip(type, field)
    }
  }
  return value
}

const arrayOf = (bytes: Uint8Array, depth: number): ReadonlyArray<unknown> => {
  const values: Array<unknown> = []
  each(bytes, 1, (value) => values.push(shown(anyValue(value, depth + 1))))
  return values
}

const objectOf = (bytes: Uint8Array, depth: number): object => {
  const entries: Array<readonly [string, unknown]> = []
  each(bytes, 1, (pair) => {
    let [key, value]: [string, unknown] = ["", null]
    each(pair, 1, (name) => {
      key = new TextDecoder().decode(name)
    })
    each(pair, 2, (inner) => {
      value = shown(anyValue(inner, depth + 1))
    })
    entries.push([key, value])
  })
  return Object.fromEntries(entries)
}

const shown = (value: unknown): unknown => (value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value)

/** ExportLogsServiceResponse: empty, or 1 partial_success (1 rejected_log_records, 2 error_message). */
export const responseProtobuf = (rejected: number, message: string): Uint8Array => {
  const writer = new BinaryWriter()
  if (rejected === 0) return writer.finish()
  writer.tag(1, WireType.LengthDelimited).fork()
  writer.tag(1, WireType.Varint).int64(rejected)
  writer.tag(2, WireType.LengthDelimited).string(message)
  return writer.join().finish()
}

/** google.rpc.Status with a message alone (2), as OTLP/HTTP tells of a failure. */
export const statusProtobuf = (message: string): Uint8Array =>
  new BinaryWriter().tag(2, WireType.LengthDelimited).string(message).finish()
