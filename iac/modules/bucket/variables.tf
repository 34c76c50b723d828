variable "name" {
  type        = string
  description = "Name of the bucket; unique in all of AWS."
}

variable "force_destroy" {
  type        = bool
  description = "Whether the bucket may be destroyed with what is in it."
  default     = false
}

variable "expire_days" {
  type        = number
  description = "Days after which an object is deleted; null keeps it."
  default     = null
}

variable "old_versions_days" {
  type        = number
  description = "Days for which what was overwritten or deleted can be brought back."
  default     = 90
}

variable "policies" {
  type        = list(string)
  description = "Policy documents (JSON) that say who else may use the bucket."
  default     = []
}
