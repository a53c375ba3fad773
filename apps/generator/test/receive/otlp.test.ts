import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire"
import { assert, describe, it } from "@effect/vitest"
import { receiveLimits } from "../../src/receive/limits.ts"
import { bodiesOfJson } from "../../src/receive/otlp/json.ts"
import { bodiesOfProtobuf } from "../../src/receive/otlp/protobuf.ts"
import { linesOfRecords } from "../../src/receive/otlp/records.ts"

type Write = (writer: BinaryWriter) => BinaryWriter
const inside =
  (field: number, ...writes: ReadonlyArray<Write>): Write =>
  (writer) => {
    writer.tag(field, WireType.LengthDelimited).fork()
    for (const write of writes) write(writer)
    return writer.join()
  }
const string =
  (field: number, value: string): Write =>
  (writer) =>
    writer.tag(field, WireType.LengthDelimited).string(value)
const record = (...body: ReadonlyArray<Write>) =>
  inside(
    2,
    (writer) => writer.tag(1, WireType.Bit64).fixed64(1_767_607_200_000_000_000n),
    string(3, "INFO"),
    ...(body.length === 0 ? [] : [inside(5, ...body)]),
    inside(6, string(1, "log.file.name"), inside(2, string(1, "access.log")))
  )
const request = (...records: ReadonlyArray<Write>): Uint8Array =>
  inside(
    1,
    inside(1, inside(1, string(1, "host.name"))),
    inside(2, inside(1, string(1, "scope")), ...records)
  )(new BinaryWriter()).finish()

const text = (lines: ReadonlyArray<Uint8Array>) => lines.map((line) => Buffer.from(line).toString())

describe("OTLP's logs", () => {
  it("in protobuf are lines by their bodies, whatever else stands there", () => {
    const { lines, rejected } = linesOfRecords(
      bodiesOfProtobuf(
        request(
          record(string(1, "a\n")),
          record((writer) => writer.tag(7, WireType.LengthDelimited).bytes(Buffer.from("b"))),
          record(
            inside(
              6,
              inside(
                1,
                string(1, "status"),
                inside(2, (writer) => writer.tag(3, WireType.Varint).int64(200))
              )
            )
          ),
          record()
        )
      )
    )
    assert.deepEqual(text(lines), ["a", "b", '{"status":"200"}'])
    assert.strictEqual(rejected, 1)
  })

  it("in JSON are the same", () => {
    const logRecords = [
      { timeUnixNano: "1767607200000000000", body: { stringValue: "a\n" } },
      { body: { bytesValue: Buffer.from("b").toString("base64") } },
      { body: { kvlistValue: { values: [{ key: "status", value: { intValue: "200" } }] } } },
      {}
    ]
    const { lines, rejected } = linesOfRecords(
      bodiesOfJson(JSON.stringify({ resourceLogs: [{ resource: {}, scopeLogs: [{ logRecords }] }] }))
    )
    assert.deepEqual(text(lines), ["a", "b", '{"status":"200"}'])
    assert.strictEqual(rejected, 1)
  })

  it("that were cut, or nest without end, are refused", () => {
    const whole = request(record(string(1, "a line")))
    for (let length = 1; length < whole.length; length++) {
      assert.throws(() => bodiesOfProtobuf(whole.subarray(0, length)), undefined, undefined, `${length} bytes`)
    }
    let nested: Write = string(1, "deep")
    for (let depth = 0; depth <= receiveLimits.depth; depth++) nested = inside(5, inside(1, nested))
    assert.throws(() => bodiesOfProtobuf(request(record(nested))), /nested deeper/)
    assert.throws(() => bodiesOfJson('{"resourceLogs":7}'), /no list/)
  })
})
