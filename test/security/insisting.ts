import { connect, type Socket } from "node:net"

/* How an attacker talks: bytes on sockets, without a client in between that would be kind. */

/** Writes as fast as the other side takes it. */
export const flood = (socket: Socket, chunk: () => string): void => {
  const go = () => {
    while (!socket.destroyed && socket.write(chunk()));
  }
  socket.on("drain", go)
  go()
}

/** One connection after the other in each place, as a viewer that is thrown out comes again. */
export const insisting = (
  port: number,
  talk: (socket: Socket, place: number) => void,
  places: number,
  reads: boolean
): void => {
  const open = (place: number) => {
    const socket = connect(port, "127.0.0.1", () => {
      if (!reads) socket.pause()
      talk(socket, place)
    })
    socket.on("data", () => {})
    socket.on("error", () => {})
    socket.on("close", () => setTimeout(() => open(place), 20))
    // Who does not read does not learn that it was thrown out.
    if (!reads) setTimeout(() => socket.destroy(), 2_000)
  }
  for (let place = 0; place < places; place++) open(place)
}
