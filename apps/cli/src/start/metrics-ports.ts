/** The parts that answer /metrics on a port of their own; the page does on its own. ship stands last: more of them take the ports behind it. */
export const metricsParts = ["detector", "thresholds", "notify", "generator", "ship"] as const
export type MetricsPart = (typeof metricsParts)[number]

/** The first of the ports, one a part in the order above. */
export const firstMetricsPort = 9471

/** The port of each part; deploy/systemd holds the same numbers. */
export const metricsPorts = (first = firstMetricsPort): { readonly [part in MetricsPart]: number } =>
  Object.fromEntries(metricsParts.map((part, i) => [part, first + i])) as { [part in MetricsPart]: number }
