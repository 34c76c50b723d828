variable "environment" {
  type        = string
  description = "Name of the environment, such as sandbox or production. Everything is named after it."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.environment))
    error_message = "An environment has 3 to 20 characters: small letters, digits and hyphens."
  }
}

variable "preset" {
  type        = string
  description = "Size and sturdiness: small, standard or large. The layers app and deploy follow it."
  default     = "small"

  validation {
    condition     = contains(["small", "standard", "large"], var.preset)
    error_message = "The preset of this layer is small, standard or large; previews use the network of another environment."
  }
}

variable "cidr_block" {
  type        = string
  description = "Addresses of the VPC, a /16 that overlaps no network it may be joined with one day."
  default     = "10.64.0.0/16"
}

variable "zones" {
  type        = map(number)
  description = "Letters of three availability zones, each with the number of its subnets, which never changes."
  default     = { a = 0, b = 1, c = 2 }
}

variable "nat" {
  type        = string
  description = "NAT gateways in place of the preset's: none, single or per_zone."
  default     = null
}

variable "interface_endpoints" {
  type        = list(string)
  description = "Interface endpoints in place of the preset's."
  default     = null
}

variable "replicate_to_account_id" {
  type        = string
  description = "Account that gets a copy of every image, so that the same image runs there. Null copies nothing."
  default     = null
}

variable "replicate_from_account_id" {
  type        = string
  description = "Account whose images are taken. Null takes none."
  default     = null
}
