import { describe, expect, it } from "vitest"
import { combined, common } from "./support/lines.ts"
import { scanLine } from "./support/scan.ts"

const urlOf = (request: string, urlKey: "path" | "target" = "path") => {
  const scanned = scanLine(combined({ request }), urlKey)
  if (!scanned.ok) throw new Error(`rejected as ${scanned.reason}: ${request}`)
  return scanned.url
}

describe("the URL of a request", () => {
  it.each([
    // request, by path, by target
    ["GET / HTTP/1.1", "/", "/"],
    ["GET /a/b?c=d HTTP/1.0", "/a/b", "/a/b?c=d"],
    ["GET /a?b?c HTTP/1.1", "/a", "/a?b?c"],
    ["GET /a? HTTP/1.1", "/a", "/a?"],
    ["GET ?a HTTP/1.1", undefined, undefined],
    ["POST /a%20b;c=d HTTP/2", "/a%20b;c=d", "/a%20b;c=d"],
    ["HEAD /a HTTP/2.0", "/a", "/a"],
    ["GET /a HTTP/3", "/a", "/a"],
    ["PROPFIND /dav/ HTTP/1.1", "/dav/", "/dav/"],
    ["M-SEARCH /x HTTP/1.1", "/x", "/x"],
    ["get /lower HTTP/1.1", "/lower", "/lower"],
    ["GET /old", "/old", "/old"], // HTTP/0.9
    ["GET //two HTTP/1.1", "//two", "//two"],
    ["OPTIONS * HTTP/1.1", "*", "*"],
    ["GET http://example.com/a/b?c HTTP/1.1", "/a/b", "/a/b?c"], // absolute form, as proxies get it
    ["GET https://[2001:db8::1]:8443/a HTTP/1.1", "/a", "/a"],
    ["GET http://example.com HTTP/1.1", "/", "/"],
    ["GET http://example.com?a=/b HTTP/1.1", "/", "/"],
    ["GET /caf\u00c3\u00a9 HTTP/1.1", "/caf\u00c3\u00a9", "/caf\u00c3\u00a9"],
    ["GET /\xff\xfe HTTP/1.1", "/\xff\xfe", "/\xff\xfe"], // not UTF-8
    ['GET /say\\"hi\\" HTTP/1.1', '/say\\"hi\\"', '/say\\"hi\\"'],
    ["GET /a\\\\b HTTP/1.1", "/a\\\\b", "/a\\\\b"],
    ["GET /\\xc3\\xa9 HTTP/1.1", "/\\xc3\\xa9", "/\\xc3\\xa9"] // as Apache escapes bytes
  ])("%s", (request, path, target) => {
    expect(urlOf(request, "path")).toBe(path)
    expect(urlOf(request, "target")).toBe(target)
  })

  it.each([
    ["a connection that sent nothing", "-"],
    ["nothing at all", ""],
    ["TLS to a plain port, escaped", "\\x16\\x03\\x01\\x02\\x00\\x01"],
    ["TLS with an escaped quote in it", '\\x16\\x03\\"\\x01'],
    ["only a method", "GET"],
    ["a method and a space", "GET "],
    ["no target", "GET  HTTP/1.1"],
    ["a space in the target", "GET /two words HTTP/1.1"],
    ["a version that is none", "GET /a HTTP/11"],
    ["a version with more behind", "GET /a HTTP/1.1 x"],
    ["another protocol", "GET /a RTSP/1.0"],
    ["a method that is none", "G(E)T /a HTTP/1.1"],
    ["CONNECT, which has an authority", "CONNECT example.com:443 HTTP/1.1"],
    ["HTTP/0.9 without a path", "GET example"],
    ["* with more behind it", "OPTIONS *x HTTP/1.1"],
    ["a scheme that is none", "GET a/b://c/d HTTP/1.1"],
    ["a scheme without a host", "GET http:///d HTTP/1.1"],
    ["a scheme without anything", "GET http:// HTTP/1.1"],
    ["another protocol's greeting", "EHLO example.com"],
    ["bytes that are not UTF-8", "\xc3\x28\xff"]
  ])("none, but a line that counts: %s", (_, request) => {
    expect(scanLine(combined({ request }))).toMatchObject({ ok: true, status: 200, client: "192.0.2.7" })
    expect(urlOf(request)).toBeUndefined()
  })

  it("ends a quoted field at the first quote that is not escaped", () => {
    expect(urlOf("GET /a\\\\ HTTP/1.1")).toBe("/a\\\\")
    expect(scanLine(common({ request: "GET /a HTTP/1.1\\" })).ok).toBe(false)
    expect(scanLine(common({ rest: ' "a\\"b" "c\\\\"' })).ok).toBe(true)
    expect(scanLine(common({ rest: ' "a\\"b" "c\\"' }))).toEqual({ ok: false, reason: "truncated" })
    expect(scanLine(common({ rest: ' "a\\\\"b" "c"' })).ok).toBe(false)
  })
})

describe("status and size", () => {
  it.each([100, 101, 200, 304, 399, 400, 404, 499, 500, 599])("status %i", (status) => {
    expect(scanLine(combined({ status: `${status}` }))).toMatchObject({ ok: true, status })
  })

  it.each(["099", "600", "999", "abc", "20", "2000", "2 0", "-", "", "+20", "20x"])("no status: %j", (status) => {
    expect(scanLine(combined({ status }))).toEqual({ ok: false, reason: "status" })
  })

  it.each(["-", "0", "1", "0001", "9223372036854775807"])("size %s", (size) => {
    expect(scanLine(common({ size })).ok).toBe(true)
    expect(scanLine(combined({ size })).ok).toBe(true)
  })

  it.each(["--", "-1", "1-", "1.5", "x", "12x", "10000000000000000000000", '"1"'])("no size: %s", (size) => {
    expect(scanLine(common({ size }))).toEqual({ ok: false, reason: "size" })
  })
})
