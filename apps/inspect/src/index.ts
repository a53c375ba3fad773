export { alertsCommand } from "./alerts/command.ts"
export { explainCommand } from "./explain/command.ts"
export { incidentsCommand } from "./incidents/command.ts"
export { statusCommand } from "./status/command.ts"
