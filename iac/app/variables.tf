variable "environment" {
  type        = string
  description = "Name of the environment, such as sandbox, production, or p-slug-hash for the preview of a branch."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.environment))
    error_message = "An environment has 3 to 20 characters: small letters, digits and hyphens."
  }
}

variable "shared_environment" {
  type        = string
  description = "Environment whose network, cluster and load balancer a preview uses. Null: this environment has its own."
  default     = null

  validation {
    condition     = var.shared_environment != var.environment
    error_message = "An environment cannot be a preview beside itself."
  }
}

variable "preset" {
  type        = string
  description = "Size and sturdiness: preview, small, standard or large. Null: the preset of the layer basic."
  default     = null

  validation {
    condition     = (var.preset == "preview") == (var.shared_environment != null)
    error_message = "The preset preview and a shared environment go together."
  }
}

variable "domain_name" {
  type        = string
  description = "Name under which the service is reached. Null: plain HTTP under the name of the load balancer, for a first try."
  default     = null
}

variable "zone_name" {
  type        = string
  description = "Zone in Route 53 that holds the name. Null: what stands after the first dot of the name."
  default     = null
}

variable "alert_email" {
  type        = string
  description = "Who gets the alarms. Null: nobody; they are still seen in CloudWatch."
  default     = null
}

variable "enable_waf" {
  type        = bool
  description = "Whether a web application firewall stands in front, in place of what the preset says."
  default     = null
}

variable "protected" {
  type        = bool
  description = "Whether table and load balancer must not be deleted, in place of what the preset says."
  default     = null
}

variable "table_name" {
  type        = string
  description = "Name of the table. Null: that of the environment. Another one after a restore, which comes as a new table."
  default     = null
}

variable "max_read_units" {
  type        = number
  description = "Read units a second at which the table throttles, a guard of the bill, in place of the preset's."
  default     = null
}

variable "max_write_units" {
  type        = number
  description = "Write units a second at which the table throttles, a guard of the bill, in place of the preset's."
  default     = null
}

variable "cache_node_type" {
  type        = string
  description = "Size of the cache's nodes, in place of the preset's."
  default     = null
}

variable "cache_password_generation" {
  type        = number
  description = "Raise it by one, apply and deploy: a new password of the cache takes over without a failed connection."
  default     = 1
}

variable "secret_generation" {
  type        = number
  description = "Raise it by one, apply and deploy: new values for cursor-secret and metrics-token."
  default     = 1
}

variable "signing_keys_from_secret" {
  type        = bool
  description = "Whether access tokens are signed with the keys in the secret jwt-private-keys, which somebody has to put there. False: the service makes, keeps and changes its own."
  default     = false
}
