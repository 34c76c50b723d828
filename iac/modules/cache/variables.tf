variable "name" {
  type        = string
  description = "Name of the replication group, at most 40 characters."
}

variable "vpc_id" {
  type        = string
  description = "The VPC."
}

variable "subnet_ids" {
  type        = list(string)
  description = "Private subnets, in different zones."
}

variable "tasks_security_group_id" {
  type        = string
  description = "Security group of the tasks that use the cache."
}

variable "node_type" {
  type        = string
  description = "Size of a node, such as cache.t4g.micro."
}

variable "replicas" {
  type        = number
  description = "Nodes beside the primary, one of which takes its place when it fails."
}

variable "password_generation" {
  type        = number
  description = "Raised by one, a new password takes over; the one before stays good until the next time."

  validation {
    condition     = var.password_generation >= 1 && floor(var.password_generation) == var.password_generation
    error_message = "The generation is a whole number from 1."
  }
}

variable "apply_immediately" {
  type        = bool
  description = "Whether changes wait for the maintenance window (false) or not."
}
