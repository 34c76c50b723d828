variable "environment" {
  type        = string
  description = "Name of the environment, such as sandbox or production."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.environment))
    error_message = "An environment has 3 to 20 characters: small letters, digits and hyphens."
  }
}

variable "image_version" {
  type        = string
  description = "Version that the package holds, such as 1.4.2."

  validation {
    condition     = can(regex("^([0-9]+\\.[0-9]+\\.[0-9]+(-[0-9A-Za-z.-]+)?|none)$", var.image_version))
    error_message = "A version is three numbers, such as 1.4.2, perhaps with a suffix such as 0.0.0-abc123."
  }
}

variable "package" {
  type        = string
  description = "Path of the zip file that `make function` makes."
  default     = "function.zip"
}

variable "settings" {
  type        = map(string)
  description = "Further settings of the service (docs/settings.md), such as { LOG_LEVEL = \"warn\" }. No secrets."
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.settings) : !can(regex("(SECRET|TOKEN|PASSWORD|PRIVATE|REDIS_URL)", name))])
    error_message = "A function has no place for secrets but the table."
  }
}
