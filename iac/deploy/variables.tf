variable "environment" {
  type        = string
  description = "Name of the environment, such as sandbox, production, or p-slug-hash for the preview of a branch."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.environment))
    error_message = "An environment has 3 to 20 characters: small letters, digits and hyphens."
  }
}

variable "image_version" {
  type        = string
  description = "Version of the image to run, such as 1.4.2. There is no default and no latest. `none` is for destroying only."

  validation {
    condition     = can(regex("^([0-9]+\\.[0-9]+\\.[0-9]+(-[0-9A-Za-z.-]+)?|none)$", var.image_version))
    error_message = "A version is three numbers, such as 1.4.2, perhaps with a suffix such as 0.0.0-abc123."
  }
}

variable "shared_environment" {
  type        = string
  description = "Environment whose network and cluster a preview uses. Null: this environment has its own."
  default     = null

  validation {
    condition     = var.shared_environment != var.environment
    error_message = "An environment cannot be a preview beside itself."
  }
}

variable "preset" {
  type        = string
  description = "Size and sturdiness: preview, small, standard or large. Null: the preset of the layer app."
  default     = null
}

variable "cpu" {
  type        = number
  description = "CPU units of a task, 1024 to a processor, in place of the preset's. The service has one thread, so more than 1024 is waste."
  default     = null

  validation {
    condition     = var.cpu == null ? true : contains([256, 512, 1024], var.cpu)
    error_message = "A task has 256, 512 or 1024 CPU units."
  }
}

variable "memory" {
  type        = number
  description = "Memory of a task in MiB, in place of the preset's; Fargate offers only some with each number of CPU units."
  default     = null

  validation {
    condition     = var.memory == null ? true : var.memory >= 512
    error_message = "A task needs 512 MiB: 410 are in use while rows pass through."
  }
}

variable "min_tasks" {
  type        = number
  description = "Tasks that always run, in place of the preset's."
  default     = null
}

variable "max_tasks" {
  type        = number
  description = "Tasks at which scaling stops, in place of the preset's."
  default     = null
}

variable "settings" {
  type        = map(string)
  description = "Further settings of the service (docs/settings.md), such as { LOG_LEVEL = \"warn\" }. No secrets."
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.settings) : !can(regex("(SECRET|TOKEN|PASSWORD|PRIVATE|REDIS_URL)", name))])
    error_message = "Secret settings come from Secrets Manager only."
  }
}
