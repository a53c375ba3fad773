export { alertsCommand, explainCommand, statusCommand } from "./commands.ts"
export { incidentsCommand } from "./incidents/command.ts"
