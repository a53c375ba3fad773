import { describe, expect, it } from "vitest"
import { missingIn } from "../../src/index.ts"

describe("what a line lacks", () => {
  it.each([
    ["uvicorn", 'INFO:     203.0.113.7:51234 - "GET /a HTTP/1.1" 200 OK', ["time"]],
    ["morgan's short", "203.0.113.7 - GET /a HTTP/1.1 200 12 - 3.214 ms", ["time"]],
    ["Fiber", "13:55:36 | 200 |     1.2ms |   203.0.113.7 | GET | /a | -", ["time"]],
    ["Django's own server", '[10/Oct/2026 13:55:36] "GET /a HTTP/1.1" 200 12', ["client"]],
    ["Rails", 'Started GET "/a" for 203.0.113.7 at 2026-10-10 13:55:36 +0000', ["status"]],
    [
      "lograge",
      "method=GET path=/a format=html controller=Home action=index status=200 duration=12.34",
      ["time", "client"]
    ],
    ["Common", '203.0.113.7 - - [10/Oct/2026:13:55:36 +0000] "GET /a HTTP/1.1" 404 12', []]
  ])("is told of %s", (_, line, missing) => expect(missingIn(line)).toEqual(missing))

  it("is not told of a line that asks for nothing", () => {
    expect(missingIn("[core:error] [pid 35708] [client 203.0.113.7:51234] File does not exist")).toBeUndefined()
  })
})
