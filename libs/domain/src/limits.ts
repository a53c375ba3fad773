/**
 * Every bound of the detection in one place, and what happens at it. They are part of the result:
 * two runs with other limits may differ, so they are constants and not configuration.
 */
export const limits = {
  /** A line with a longer URL or client is rejected as `too_long`, and so is a longer line that cannot be read. */
  lineBytes: 16 * 1024,
  /** Lines that are looked at to recognise a format. */
  recogniseLines: 20,
  /** Formats that are told apart in one file or message, besides Common. */
  formatsASource: 8,
  /** Compiled formats that are kept for when they come again. */
  formatsKept: 256,
  /** Sources that have a format declared. */
  formatsDeclared: 256,
  /** Length of the format that a message declares. */
  formatChars: 2_048,
  /** Segments of a path in which ids are looked for; what is behind them stays as it is. */
  templateSegments: 32,
  /** Templates that may be declared: they stand in each record. */
  templatesDeclared: 256,
  /** Rules for traffic that is ignored, values of a field of one, and the length of its text: they stand in each record. */
  ignoreRules: 64,
  valuesAnIgnoreRule: 64,
  ignoreTextChars: 256,
  /** Keys of one dimension that one window counts exactly. At the limit the rarest keys are forgotten (see `KeyTable`). */
  keysAWindow: 1_000_000,
  /** Bytes of the texts of these keys. At the limit the rarest keys are forgotten, too. */
  keyBytesAWindow: 64 * 1024 * 1024,
  /** Windows open at the same time. The oldest one is decided early (`closed_by: "limit"`) to make room. */
  openWindows: 30_000,
  /** Keys counted in all open windows together; the oldest window is decided early beyond it. */
  keysOpen: 2_000_000,
  /**
   * Decided windows that still take lines (the horizon), the keys that they count together, and their lines. At each limit the oldest are let
   * go: lines for them are late. The lines bound what a start has to read again.
   */
  retainedWindows: 10_000,
  retainedKeys: 500_000,
  retainedLines: 20_000_000,
  /** The longest horizon that may be set: readers of ALERTS look so far beyond a window for alerts that came by a revision. */
  longestHorizonMs: 3_600_000,
  /** A lateness that is learnt from a source's lines lies between these; what is further behind comes by a revision. */
  leastLatenessMs: 2_000,
  mostLatenessMs: 15_000,
  /** Alerts of one window: the worst are told, the rest is counted as `suppressed` in the record. */
  alertsAWindow: 1_000,
  /** Keys a dimension that a record names as having the most errors. */
  topKeys: 10,
  /** Sources with a watermark of their own; all further ones share a single one, named `*`. */
  sources: 1_000,
  /**
   * Bytes of a source's name as it stands in a record and a checkpoint. A source with a longer one shares the watermark named `*`, so that
   * the names of all sources fit into a message together.
   */
  sourceNameBytes: 255,
  /** What a status calls recent, by the log's own clock, and the sources that it names; the others are summed up. */
  tallySpanMs: 300_000,
  tallySources: 100,
  /** Changes of format that a tally tells, the newest ones. */
  tallyFormatChanges: 8,
  /** Rejects that are written for one message; the others are only counted in the record. */
  rejectsAMessage: 100,
  /** Rejects that a detector stores at once, and a second after that; the others are only counted. */
  rejectsAtOnce: 10_000,
  rejectsASecond: 1_000,
  /** What a reject keeps of its line. */
  rejectLineBytes: 1024,
  /** A key's text in an alert or a record is cut here; the key's token stands for the whole of it. */
  keyTextChars: 2_048
} as const
