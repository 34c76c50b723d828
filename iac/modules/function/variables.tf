variable "name" {
  type        = string
  description = "Name of the function and of everything around it."
}

variable "package" {
  type        = string
  description = "Path of the zip file with dist/, node_modules/ and package.json."
}

variable "table_arn" {
  type        = string
  description = "The table, the only one that the function may touch."
}

variable "settings" {
  type        = map(string)
  description = "Settings of the service (docs/settings.md). No secrets."
}

variable "memory" {
  type        = number
  description = "Memory in MB; the share of a processor follows it, and 1769 MB have a whole one."
  default     = 1024
}

variable "requests_per_second" {
  type        = number
  description = "Requests above which the door answers 429, for a moment twice as many. A guard of the bill."
  default     = 200
}

variable "permissions_boundary_arn" {
  type        = string
  description = "Policy that bounds the role."
}
