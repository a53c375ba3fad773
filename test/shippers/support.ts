import { connect, type Socket } from "node:net"

const two = (n: number) => `${n}`.padStart(2, "0")

/** The line `n`: each second another one, every third a failure. */
export const lineAt = (n: number): string =>
  `10.0.0.${(n % 5) + 1} - - [05/Jan/2026:10:${two(Math.floor(n / 60) % 60)}:${two(n % 60)} +0000] "GET /page/${n} HTTP/1.1" ${n % 3 === 0 ? 500 : 200} 12 "-" "caf\\xc3\\xa9 \\"quoted\\""`

/** A shipper that speaks NATS by itself, as Fluent Bit does: no login, no acknowledgement, the tag as the subject. */
export const publishRaw = (port: number, subject: string, payload: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let said = ""
    const socket: Socket = connect(port, "127.0.0.1", () => {
      socket.write(
        'CONNECT {"verbose":false,"pedantic":false,"ssl_required":false,"name":"fluent-bit","lang":"c","version":"4.0.0"}\r\n'
      )
      socket.write(`PUB ${subject} ${Buffer.byteLength(payload)}\r\n${payload}\r\nPING\r\n`)
    })
    socket.setEncoding("utf8").on("data", (text: string) => {
      said += text
      if (/PONG\r\n$/.test(said)) socket.end()
    })
    socket.once("close", () => resolve(said))
    socket.once("error", reject)
  })
