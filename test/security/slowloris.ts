import { connect } from "node:net"

export interface Slow {
  /** How long the server has put up with it, once it has closed the connection. */
  readonly closed: Promise<number>
  readonly stop: () => void
}

/** A connection that sends these bytes at once and then another one now and then, for as long as it is let; or none at all. */
export const slowConnection = (url: string, first: string, everyMs: number): Slow => {
  const { hostname, port } = new URL(url)
  const begunMs = performance.now()
  const socket = connect(Number(port), hostname, () => socket.write(first))
  const drip = setInterval(() => first !== "" && socket.write("a"), everyMs)
  const closed = new Promise<number>((resolve) => {
    // What the server says before it closes is not read otherwise, nor the end behind it.
    socket.resume()
    socket.on("error", () => {})
    socket.on("close", () => {
      clearInterval(drip)
      resolve(performance.now() - begunMs)
    })
  })
  return { closed, stop: () => socket.destroy() }
}

/** Ways to begin a request and not to end it. */
export const beginnings: { readonly [name: string]: string } = {
  "nothing at all": "",
  "no end of its path": "GET /",
  "no end of its headers": "GET / HTTP/1.1\r\nHost: localhost\r\nX-a: ",
  "a second request without an end": "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\nX-a: ",
  "a body that does not end":
    "POST /api/v1/logout HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\nContent-Type: text/plain\r\n\r\n"
}
