import { type Alert, visibleText } from "@chaussettes/domain"

const red = "\u001b[31m"
const yellow = "\u001b[33m"
const dim = "\u001b[2m"
const plain = "\u001b[0m"

/** An alert on one line: when, how bad, what, and the id to ask `explain` with. */
export const alertLine = (alert: Alert, colors: boolean): string => {
  const time = alert.window.start.replace("T", " ").replace("Z", "")
  const severity = alert.severity.padEnd(6)
  const paint = (color: string, text: string) => (colors ? `${color}${text}${plain}` : text)
  return `${time}  ${paint(alert.severity === "HIGH" ? red : yellow, severity)}  ${visibleText(alert.message)}  ${paint(dim, alert.id)}`
}
