/** Every bound of what `ship` takes from other programs, in one place. Times in ms, sizes in bytes. */
export const receiveLimits = {
  /** One message of LOGS. */
  bytesAMessage: 512 * 1024,
  linesAMessage: 4_096,
  /** A longer line is cut here: the detector rejects it as too long anyway. */
  mostBytesALine: 256 * 1024,
  /** What has been taken and is not stored yet, of all senders together. Beyond it senders wait, and datagrams are dropped. */
  mostBytesHeld: 16 * 1024 * 1024,
  /** What a line that is held costs beside its bytes, roughly. */
  bytesALineHeld: 128,
  /** How long lines wait for others to come. */
  gatherMs: 20,
  /** Between two attempts at a server that refuses. */
  retryMs: 2_000,
  /** How long an end waits for what is not stored yet. */
  endMs: 5_000,
  /** Connections to one port; after how long the kernel asks whether a silent one is still there. */
  connections: 256,
  keepAliveMs: 60_000,
  /** The receive buffer asked of the kernel for datagrams. */
  datagramBufferBytes: 4 * 1024 * 1024,
  /** What is dropped or refused is said at most so often. */
  sayEveryMs: 10_000,
  /** A body as it is sent, and unpacked; bodies that are read at the same time. */
  bodyBytes: 4 * 1024 * 1024,
  unpackedBytes: 8 * 1024 * 1024,
  linesABody: 100_000,
  bodiesAtOnce: 16,
  headersMs: 10_000,
  requestMs: 30_000,
  /** How long a request waits for its lines to be stored; then it is answered 503, and its sender tries again. */
  storeMs: 15_000,
  /** Wrong tokens are answered one after the other, each so late, and so many wait at most. */
  guessMs: 250,
  guessesAtOnce: 32,
  /** Objects in objects of an OTLP body. */
  depth: 16
} as const
