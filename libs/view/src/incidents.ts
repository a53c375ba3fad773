export { type Incident, incidentsOf, quietWindows } from "@chaussettes/domain"
