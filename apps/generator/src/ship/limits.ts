/** Every bound of `ship` in one place. Times in ms, sizes in bytes. */
export const shipLimits = {
  /** Sources that one process sends as, and logs (paths with their rotated files) of one source. */
  sources: 256,
  logsASource: 1_000,
  /** Rotated files of one log that are followed beside the newest one, since they may still be written to; older ones are read to their end. */
  openFilesALog: 4,
  /** Files of one log that are remembered until those behind them are there again to be told from. */
  mostGenerationsALog: 128,
  /** Places of files in the header of a message that are neither followed nor the newest of their log: new files are told from them. */
  closedPlaces: 64,
  bytesAMessage: 512 * 1024,
  linesAMessage: 4_096,
  /** A longer line is cut here: the detector rejects it as too long anyway. */
  mostBytesALine: 256 * 1024,
  /** One read of a file: several messages, so that the next one is there when the last is acknowledged (docs/decisions/0041-ship.md). */
  readBytes: 2 * 1024 * 1024,
  /** What is read ahead of all logs of a source together, in equal shares of those that have grown, and the least share. */
  aheadBytes: 16 * 1024 * 1024,
  leastAheadBytes: 64 * 1024,
  /** How long a whole line waits for others to come. */
  gatherMs: 20,
  /** How often files are looked at where the kernel tells of changes, and where it does not. */
  watchedScanMs: 1_000,
  polledScanMs: 40,
  /** Between a change in a folder and the look at it: a rotation is several changes. */
  settleMs: 10,
  /** A rotated file that was quiet for so long is closed; where it grows later it is opened again. */
  quietMs: 60_000,
  /** So long after its last change nobody copies or packs a file any more. */
  packingMs: 60_000,
  /** Files of one log that are held open at once to tell which of them are known, and logs of which that is told at once. */
  heldFilesALog: 512,
  logsToldAtOnce: 8,
  /** How often a folder is read in a row until it is seen twice alike; it is left for the next look where it never is. */
  listingAttempts: 10,
  /** Between two attempts at a server that is away or refuses. */
  retryMs: 500,
  refusedRetryMs: 2_000,
  /** How long is listened for another ship of the same source that is at work. */
  listenMs: 400,
  /** A source that has nothing to send says its places again so often, so that LOGS does not forget them with its oldest messages. */
  repeatMs: 12 * 3_600_000
} as const
