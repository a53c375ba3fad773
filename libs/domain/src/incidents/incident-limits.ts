/** Every bound of the incidents. They are part of the result, so they are constants and not configuration. */
export const incidentLimits = {
  /** Keys of one dimension with evidence. At the limit those with the least evidence are forgotten. */
  states: 4_000,
  /** Keys of one dimension that evidence may begin for in one window. Where more fail, those with the fewest errors are left to what explains them together. */
  newStates: 2_000,
  /** Evidence is forgotten when its key has had no error for so long. */
  evidenceMs: 2 * 3_600_000,
  /** The same where no more than an error or two speaks for it. */
  weakEvidenceMs: 600_000,
  /** Networks of failing clients that are counted in one window. */
  failingNetworks: 50_000,
  /** Windows whose combinations of errors are kept, and combinations of each of them. */
  jointWindows: 60,
  jointCells: 256,
  /** Incidents open at the same time. At the limit no further ones open; what they would say is counted. */
  open: 100,
  /** Causes that one window may name in one class; more are told as one incident with several keys. */
  causes: 3,
  /** Series that are compared when causes are looked for. */
  candidates: 200,
  /** Keys of one dimension whose own rates a model carries: those with the most requests. */
  modelKeys: 5_000,
  /** Keys of one dimension that a learner counts. At the limit the rarest half is forgotten. */
  learntKeys: 200_000,
  /** An incident that lasts longer is taken for the new normal: it closes and is learnt. */
  acceptedMs: 86_400_000,
  /** The same while less than a day is known: what has always been so must not be told for a day. */
  acceptedAtFirstMs: 3_600_000,
  /** An incident closes when its cause has had no error for so long. */
  quietMs: 600_000
} as const
