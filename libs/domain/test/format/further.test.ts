import { describe, expect, it } from "vitest"
import { defaultReading, LineScanner, limits, parseNetworks, readerFor } from "../../src/index.ts"
import { bytesOf } from "../support/lines.ts"
import { readLine, readText } from "./read.ts"

const sizeOf = (line: string): number => {
  const bytes = bytesOf(line)
  const scanner = new LineScanner("path", limits.lineBytes, 7, readerFor(defaultReading))
  expect(scanner.scan(bytes, 0, bytes.length)).toBe(0)
  return scanner.size
}

describe("the size", () => {
  const asked = `"time":"2026-10-10T13:55:36Z","client_ip":"203.0.113.7","method":"GET","url":"/a","status":404`
  it.each([
    [
      "logfmt, as Grafana has it",
      "time=2026-10-10T13:55:36Z ip=203.0.113.7 method=GET path=/a status=404 bytes_out=12"
    ],
    ["Fastly", `{${asked},"response_body_size":12}`],
    ["OpenTelemetry", `{${asked},"http.response.body.size":12}`],
    ["OpenTelemetry, nested", `{${asked},"attributes":{"http":{"response":{"body":{"size":12}}}}}`]
  ])("is found in %s", (_, line) => {
    expect(sizeOf(line)).toBe(12)
  })
})

describe("a line that is not read", () => {
  it.each([
    ["an object without a request", '{"a":1,"b":"x","time":"2026-10-10T13:55:36Z"}', "format"],
    ["an object without a time", '{"method":"GET","path":"/a","status":404,"ip":"203.0.113.7"}', "format"],
    ["an object that was cut", '{"method":"GET","path":"/a","status":40', "truncated"],
    ["what is no object", '{"method":GET}', "payload"],
    ["a request without a time", '203.0.113.7 "GET /a HTTP/1.1" 404 12', "time"],
    ["morgan's tiny", "GET /a 404 12 - 3.2 ms", "format"],
    ["pairs without a time", "level=info method=GET path=/ status=200 ip=203.0.113.7 x=y", "format"],
    ["Common that was cut before its time", "203.0.113.7 - -", "truncated"]
  ])("is told: %s", (_, line, reason) => {
    expect(readLine(line)).toBe(reason)
  })
})

describe("a key that comes twice", () => {
  const line = (more: string) =>
    readLine(`time=2026-10-10T13:55:36Z ip=203.0.113.7 method=GET path=/a status=404 bytes_out=12${more}`)

  it("makes pairs ambiguous where it has two values, in whichever order", () => {
    expect(line(" status=200")).toBe("ambiguous")
    expect(line(" agent=x ip=198.51.100.9")).toBe("ambiguous")
    expect(readLine("status=200 time=2026-10-10T13:55:36Z ip=203.0.113.7 method=GET path=/a status=404")).toBe(
      "ambiguous"
    )
    expect(
      readLine("time:2026-10-10T13:55:36Z\tclient_ip:203.0.113.7\tmethod:GET\turi:/a\tstatus:404\tstatus:200")
    ).toBe("ambiguous")
  })

  it("says nothing where its values are the same, or where nobody reads it", () => {
    expect(line(" status=404 x=1 x=2")).toMatchObject({ status: 404, client: "203.0.113.7" })
  })
})

describe("Akamai's DataStream", () => {
  const line = (path: string) =>
    JSON.stringify({
      version: 1,
      streamId: "12345",
      cp: "123456",
      reqId: "1239f220",
      reqTimeSec: "1791640536",
      bytes: "4995",
      cliIP: "203.0.113.7",
      statusCode: "404",
      proto: "HTTPS",
      reqHost: "www.example.com",
      reqMethod: "GET",
      reqPath: path,
      queryStr: "x=1",
      UA: "Mozilla%2F5.0"
    })

  it.each([
    ["a/b.html", "/a/b.html"],
    ["/a/b.html", "/a/b.html"],
    ["", "/"],
    ["http://e.example/a", "/http://e.example/a"]
  ])("has the path %s, which is %s", (path, url) => {
    const { lines } = readText(`${line("first")}\n${line(path)}\n`)
    expect(lines[1]).toEqual({ client: "203.0.113.7", time: "2026-10-10T13:55:36.000Z", status: 404, url })
  })
})

describe("a header that names the client", () => {
  const networks = parseNetworks("private")
  const trusting = { ...defaultReading, trusted: networks.ok ? networks.networks : [] }

  it("is read where its quotes are escaped as nginx escapes them", () => {
    const line = (header: string) =>
      `{"time":"2026-10-10T13:55:36Z","remote_addr":"10.0.0.9","request":"GET /a HTTP/1.1","status":404,"http_forwarded":"${header}"}`
    expect(readLine(line(String.raw`for=\x22[2001:db8::1]:80\x22`), trusting)).toMatchObject({ client: "2001:db8::1" })
  })

  it("names nobody by a number that begins with zero", () => {
    const line = (header: string) =>
      `10.0.0.9 - - [10/Oct/2026:13:55:36 +0000] "GET /a HTTP/1.1" 404 12 "-" "x" "${header}"`
    expect(readLine(line("198.51.100.4"), trusting)).toMatchObject({ client: "198.51.100.4" })
    expect(readLine(line("198.51.100.04"), trusting)).toMatchObject({ client: "10.0.0.9" })
  })
})
