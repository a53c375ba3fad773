import { combined, common, logTime } from "./lines.ts"
import type { Random } from "./random.ts"

const clients = [
  "1.2.3.4",
  "::1",
  "fe80::1%eth0",
  "2001:db8::17",
  "::ffff:192.0.2.1",
  "host-7.example.com",
  "a",
  "-",
  "x_y"
]
const hosts = ["www.example.com:443", "example.org", "_", "[::1]:80", "{a}", "a,b:443", "10.0.0.1,", "\u00e9"]
const users = [
  "-",
  "frank",
  "mar%20ta",
  "J. Doe",
  "a [b]",
  "- [x",
  'say \\"hi\\"',
  "\u00e9\u00ff",
  "[17/May/2015:10:05:03 +0000]",
  "",
  " ",
  " x ",
  "- -"
]
const idents = ["-", "-", "-", "ident", "a[b", ""]
const requests = [
  "GET / HTTP/1.1",
  "GET /a/b?c=d&e=f HTTP/1.0",
  "POST /a%20b HTTP/2",
  "HEAD /x HTTP/2.0",
  "GET /old",
  "OPTIONS * HTTP/1.1",
  "CONNECT example.com:443 HTTP/1.1",
  "GET http://example.com/a?b HTTP/1.1",
  "GET http://example.com HTTP/1.1",
  "GET http://example.com?a=/b HTTP/1.1",
  "GET a/b://c/d HTTP/1.1",
  "-",
  "",
  "\\x16\\x03\\x01\\x02",
  'GET /say\\"hi\\" HTTP/1.1',
  "GET /back\\\\slash?\\?x HTTP/1.1",
  "GET /two words HTTP/1.1",
  "GET  HTTP/1.1",
  "GET /caf\u00c3\u00a9 HTTP/1.1",
  "GET /a HTTP/11",
  "quit"
]
const statuses = ["200", "304", "404", "500", "599", "100", "099", "600", "20", "2000", "abc"]
const sizes = ["-", "0", "5", "1234567890123456789", "12345678901234567890", "x", ""]
const rests = [
  "",
  ' "-" "-"',
  ' "http://a/" "agent \\"x\\""',
  ' "r" "a" "x" y 0.001',
  " 0.5 up=x",
  ' "only referer"',
  " ",
  ' "a" "b"c'
]
const zones = [0, 0, 330, 345, 765, -210, 840, -720, 841, -721]

/** A line made of usual and unusual fields, right or not. */
export const generatedLine = (random: Random): string => {
  const ms = Date.UTC(1970, 0, 1) + random.int(-86_400, 2_500_000_000) * 1000
  const parts = {
    ...(random.chance(0.2) ? { host: random.pick(hosts) } : {}),
    client: random.skewed(clients),
    ident: random.skewed(idents),
    user: random.skewed(users),
    time: logTime(ms, random.skewed(zones)),
    request: random.pick(requests),
    status: random.skewed(statuses),
    size: random.skewed(sizes)
  }
  return random.chance(0.5) ? combined(parts) : common({ ...parts, rest: random.pick(rests) })
}

const telling = ' "[]\\\r\n\0\t\x7f-+/:?.%09aZ\xff'

const mutate = (line: string, random: Random): string => {
  const at = random.int(0, line.length)
  const byte = random.chance(0.7) ? random.pick([...telling]) : String.fromCharCode(random.int(0, 255))
  switch (random.int(0, 6)) {
    case 0:
      return line.slice(0, at) + byte + line.slice(at) // one more
    case 1:
      return line.slice(0, at) + line.slice(at + 1) // one less
    case 2:
      return line.slice(0, at) + byte + line.slice(at + 1) // another
    case 3:
      return line.slice(0, at) // cut off
    case 4: {
      const to = random.int(at, Math.min(line.length, at + 30))
      return line.slice(0, at) + line.slice(at, to) + line.slice(at) // a piece twice
    }
    case 5: {
      const [a, b] = [line.slice(0, at), line.slice(at)]
      return b.length > 1 ? a + b[1]! + b[0]! + b.slice(2) : line // two changed about
    }
    default: {
      const digit = line.slice(at).search(/\d/)
      if (digit < 0) return line
      return `${line.slice(0, at + digit)}${random.int(0, 9)}${line.slice(at + digit + 1)}` // another digit
    }
  }
}

/** The line with one to three small faults in it. */
export const mutated = (line: string, random: Random): string => {
  let result = line
  for (let n = random.skewed([1, 2, 3]); n > 0; n--) result = mutate(result, random)
  return result
}
